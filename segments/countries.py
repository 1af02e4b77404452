"""Countries, as people write them: to tell that a column holds countries."""

from functools import cache

from babel import Locale

_LANGUAGES = ("en", "fr", "de", "es")
# As people write them where the official list says something else.
_ALSO = (
    "uk,u.k.,great britain,england,scotland,wales,northern ireland,usa,u.s.,u.s.a.,us,america,"
    "united states of america,états-unis d'amérique,holland,hollande,the netherlands,russia,"
    "south korea,korea,czech republic,république tchèque,tschechische republik,turkey,ivory coast,"
    "macedonia,burma,swaziland,cape verde,vatican,grande-bretagne,großbritannien,gran bretaña,"
    "eeuu,ee.uu.,vereinigte staaten von amerika,estados unidos de américa"
)
_ALPHA_3 = (
    "abw afg ago aia ala alb and are arg arm asm ata atf atg aus aut aze bdi bel ben bes bfa bgd "
    "bgr bhr bhs bih blm blr blz bmu bol bra brb brn btn bvt bwa caf can cck che chl chn civ cmr "
    "cod cog cok col com cpv cri cub cuw cxr cym cyp cze deu dji dma dnk dom dza ecu egy eri esh "
    "esp est eth fin fji flk fra fro fsm gab gbr geo ggy gha gib gin glp gmb gnb gnq grc grd grl "
    "gtm guf gum guy hkg hmd hnd hrv hti hun idn imn ind iot irl irn irq isl isr ita jam jey jor "
    "jpn kaz ken kgz khm kir kna kor kwt lao lbn lbr lby lca lie lka lso ltu lux lva mac maf mar "
    "mco mda mdg mdv mex mhl mkd mli mlt mmr mne mng mnp moz mrt msr mtq mus mwi mys myt nam ncl "
    "ner nfk nga nic niu nld nor npl nru nzl omn pak pan pcn per phl plw png pol pri prk prt pry "
    "pse pyf qat reu rou rus rwa sau sdn sen sgp sgs shn sjm slb sle slv smr som spm srb ssd stp "
    "sur svk svn swe swz sxm syc syr tca tcd tgo tha tjk tkl tkm tls ton tto tun tur tuv twn tza "
    "uga ukr umi ury usa uzb vat vct ven vgb vir vnm vut wlf wsm yem zaf zmb zwe"
)


@cache
def country_names() -> frozenset[str]:
    """Return the names of countries in English, French, German and Spanish, case folded."""
    names = {name for language in _LANGUAGES for name in _territories(language).values()}
    return frozenset(names | set(_ALSO.split(",")))


@cache
def country_codes() -> frozenset[str]:
    """Return the codes of countries, of two letters and of three, case folded."""
    return frozenset({*_territories("en"), *_ALPHA_3.split()})


def _territories(language: str) -> dict[str, str]:
    """Return names by codes, without those of continents and the like, which are numbers."""
    found = Locale(language).territories.items()
    return {code.casefold(): str(name).casefold() for code, name in found if len(code) == 2}
