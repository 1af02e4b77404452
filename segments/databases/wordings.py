"""What can go wrong with databases, in words."""

from django.utils.translation import gettext_lazy as _

from config.problems import Wording

DATABASE_WORDINGS = {
    "database_url": Wording(
        _("This is not the address of a database."),
        _(
            "Write it like postgresql://reader@db.example.com:5432/shop, "
            "mysql://reader@db.example.com/shop or sqlite:///shop.sqlite"
        ),
    ),
    "database_url_password": Wording(
        _("The address holds a password."),
        _("Take it out of the address and enter it in its own field."),
    ),
    "database_kind": Wording(
        _("Facteur can’t read from databases of the kind “%(kind)s”; it knows %(known)s."),
        _("Whoever operates Facteur can add others (DATABASE_DRIVERS)."),
    ),
    "database_driver": Wording(
        _("The driver “%(driver)s” is allowed but not installed."),
        _("Ask whoever operates Facteur to install it."),
    ),
    "database_url_host": Wording(
        _("The address has no host name, or one that can’t be used."),
        _("Write the name of one host, as in postgresql://reader@db.example.com/shop"),
    ),
    "database_url_port": Wording(
        _("The port of the address is no port."), _("Ports are numbers from 1 to 65535.")
    ),
    "database_url_user": Wording(
        _("The address has no user."), _("Write it in front of the host: reader@db.example.com")
    ),
    "database_url_database": Wording(
        _("The address has no database."),
        _("Write its name after the host: db.example.com/shop"),
    ),
    "database_url_option": Wording(
        _("The option “%(option)s” can’t be used in an address."), _("Leave it out.")
    ),
    "database_url_value": Wording(
        _("The option “%(option)s” can’t have this value."), _("Possible are: %(allowed)s.")
    ),
    "database_file_url": Wording(
        _("The address of a SQLite database names a file and nothing else."),
        _("Write it like sqlite:///shop.sqlite, with three slashes."),
    ),
    "database_file_outside": Wording(
        _("The file “%(file)s” is not in the folder for incoming files."),
        _("Put it into that folder (INCOMING_DIR), and name it from there."),
    ),
    "database_file_gone": Wording(
        _("There is no file “%(file)s” in the folder for incoming files."),
        _("Check its name; ask whoever operates Facteur to put it there (INCOMING_DIR)."),
    ),
    "database_file_other": Wording(
        _("The file “%(file)s” is not a SQLite database."),
        _("Check its name. An encrypted database can’t be read."),
    ),
    "database_file_locked": Wording(
        _("Another program is writing to the file."), _("Try again in a minute.")
    ),
    "database_unresolvable": Wording(
        _("The host name %(host)s can’t be found."),
        _("Check the address, and whether this server knows the name."),
    ),
    "database_unreachable": Wording(
        _("Nothing answers at %(host)s, port %(port)s."),
        _("Check the address, and whether a firewall stands between Facteur and the database."),
    ),
    "database_silent": Wording(
        _("%(host)s, port %(port)s, did not answer within %(seconds)s seconds."),
        _("Check the address, and whether a firewall stands between Facteur and the database."),
    ),
    "database_password": Wording(
        _("The database refused the password of the user “%(user)s”."),
        _("Check both, and whether the user may sign in from this server."),
    ),
    "database_unknown": Wording(
        _("The server has no database “%(database)s”, or this user may not see it."),
        _("Check its name in the address."),
    ),
    "database_tls": Wording(
        _("No secure connection (TLS) could be made: “%(detail)s”"),
        _("Check the option sslmode of the address."),
    ),
    "database_refused": Wording(
        _("The database does not let Facteur in: “%(detail)s”"),
        _("Check the address, or ask whoever operates the database."),
    ),
    "database_query_empty": Wording(
        _("There is no query."), _("Enter a SELECT, or the name of a table.")
    ),
    "database_query_long": Wording(
        _("The query is longer than %(limit)s characters."),
        _("Make it a view in the database, and enter the name of the view."),
    ),
    "database_query_character": Wording(
        _("The query holds a character that no text has."), _("Type it anew.")
    ),
    "database_query": Wording(
        _("The database does not accept the query. It says: “%(detail)s”"), _("Correct the query.")
    ),
    "database_several": Wording(
        _("This is more than one statement."),
        _("Enter one SELECT, without a semicolon inside."),
    ),
    "database_no_rows": Wording(
        _("This is not a query that returns rows."), _("Enter a SELECT, or the name of a table.")
    ),
    "database_writes": Wording(
        _("The query does more than read, and was stopped before it did."),
        _("Enter a SELECT that changes nothing."),
    ),
    "database_too_slow": Wording(
        _("The query took longer than %(seconds)s seconds and was ended."),
        _("Make it simpler, add an index in the database, or give it more time."),
    ),
    "database_too_large": Wording(
        _("The query returns more than %(limit)s MB."),
        _("Leave out columns that are not needed, or raise MAX_UPLOAD_MB."),
    ),
    "database_lost": Wording(
        _("The connection to the database was lost."), _("Try again in a few minutes.")
    ),
    "database_failed": Wording(
        _("The query failed while the database ran it (%(detail)s)."),
        _("Run it in another program to see which row it stumbles over."),
    ),
    "database_no_profiles": Wording(
        _("The query returns no profiles."), _("Check its conditions.")
    ),
    "database_columns": Wording(
        _("The query returns %(columns)s columns; at most %(limit)s are possible."),
        _("Name those that are needed after SELECT."),
    ),
    "database_column_unnamed": Wording(
        _("Column %(position)s of the query has no name."), _("Give it one with AS.")
    ),
    "database_column_twice": Wording(
        _("Columns %(first)s and %(second)s of the query are both called “%(column)s”."),
        _("Give one another name with AS; capital letters make no difference."),
    ),
    "database_column_long": Wording(
        _("The name of column %(position)s is longer than %(limit)s characters."),
        _("Give it another name with AS."),
    ),
    "database_column_odd": Wording(
        _("The name of column %(position)s holds a character that can’t be shown."),
        _("Give it another name with AS."),
    ),
    "database_column_reserved": Wording(
        _("Column %(position)s is called “%(column)s”, which Facteur keeps for itself."),
        _("Give it another name with AS."),
    ),
    "database_bytes": Wording(
        _("Column “%(column)s” holds bytes, not text."),
        _("Leave it out, or convert it to text in the query."),
    ),
    "database_bytes_row": Wording(
        _("Row %(row)s, column “%(column)s”: this is not text but bytes."),
        _("Leave the column out, or convert it to text in the query."),
    ),
    "database_character": Wording(
        _("Row %(row)s, column “%(column)s”: there is a byte that is not a character."),
        _("Correct the value in the database, or replace the character in the query."),
    ),
    "database_row_long": Wording(
        _("Row %(row)s, column “%(column)s”: the row is longer than %(limit)s characters."),
        _("Leave the column out, or shorten its values in the query."),
    ),
    "database_value_long": Wording(
        _("The query makes a value that is longer than %(limit)s characters."),
        _("Leave the column out, or shorten its values in the query."),
    ),
    "database_memory": Wording(
        _("Facteur ran out of memory while reading the rows."),
        _("Leave out columns that are not needed, or ask whoever operates Facteur for more."),
    ),
}
