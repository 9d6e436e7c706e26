"""What a certificate's page shows, read from the file itself and held against its data set.

A signature that holds says that nothing was changed; one that does not says no more than that
something was. What was changed is found here: the page is composed anew from the signed data set,
and every glyph, line and picture of the file is looked for on it.

* `drawn`: what a page draws, in the terms of neither format;
* `pdf_page`, `pdf_content`, `pdf_text`, `ofd_page`, `ofd_objects`: a page read from a file;
* `outlines`: which character a glyph of an embedded font really is, by its outline;
* `expected`: the page that the data set asks for;
* `matching`: both against each other;
* `code_picture`: what the picture of a code says;
* `as_written`: pages that need no look, because they are to the byte as we write them;
* `look`: all of it together, as one check; `outcome`: what that has come to.
"""
