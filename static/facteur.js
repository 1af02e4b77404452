// Nothing here is needed to use Facteur: it makes what already works a little nicer.
"use strict";

document.documentElement.classList.add("scripted");
