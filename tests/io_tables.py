"""Tables as bytes."""

import csv
import io


def csv_of(names, rows, *, quoting=csv.QUOTE_MINIMAL, end="\n"):
    """A CSV file, as the standard library writes it."""
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator=end).writerows([names, *rows])
    return out.getvalue().encode()
