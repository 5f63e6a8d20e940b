"""The printable form: canonical records and their signatures as the Ministry's pages, PDF/A-3b with the XML inside.

`form` says what stands on the pages, in words, testable without a PDF; `press` sets it with the templates beside it.
Order and words are those of CV 2088/BGDĐT-GDTH Phụ lục 2 and of TT 27/2020/TT-BGDĐT Phụ lục 1.
"""
