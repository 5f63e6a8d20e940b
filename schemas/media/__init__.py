"""How each medium is read: XML, JSON, workbook. Each module tells what a document says and what is wrong with its structure."""
