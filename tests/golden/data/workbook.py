"""Writes workbook.xlsx and other_calendar.xlsx beside itself with XlsxWriter 3.2, the others with openpyxl 3.1."""
import datetime
import os

import openpyxl
import xlsxwriter

here = os.path.dirname(os.path.abspath(__file__))

book = xlsxwriter.Workbook(os.path.join(here, "workbook.xlsx"))
day = book.add_format({"num_format": "yyyy-mm-dd"})
german = book.add_format({"num_format": 'dd.mm.yyyy "at" hh:mm'})
money = book.add_format({"num_format": '[Red]"days" #,##0.00'})
bold = book.add_format({"bold": True})
cover = book.add_worksheet("Cover")
cover.write("B3", "nothing to see")
sheet = book.add_worksheet("My data")
for column, name in enumerate(["id", "name", "price", "day", "at", "ok", "sum", "note"]):
    sheet.write(0, column, name)
rows = [
    (1, 'a, "b"', 0.1, datetime.date(2024, 1, 31), datetime.datetime(2024, 1, 31, 13, 45, 1), True, "=A2*2", 2, "x"),
    (2, "zwei\nZeilen", 1e-20, datetime.date(1900, 1, 1), datetime.datetime(1999, 12, 31), False, "=A3*2", 4, None),
    None,
    (4, "ü", -1234567.25, datetime.date(1900, 3, 1), datetime.datetime(2100, 2, 28, 23, 59, 59), True, "=1/0", "#DIV/0!", " y "),
]
for at, row in enumerate(rows, start=1):
    if row is None:
        continue
    number, name, price, when, moment, ok, formula, value, note = row
    sheet.write_number(at, 0, number)
    sheet.write_string(at, 1, name)
    sheet.write_number(at, 2, price, money)
    sheet.write_datetime(at, 3, when, day)
    sheet.write_datetime(at, 4, moment, german)
    sheet.write_boolean(at, 5, ok)
    sheet.write_formula(at, 6, formula, None, value)
    if note:
        sheet.write_string(at, 7, note)
sheet.write_rich_string(5, 1, "r", bold, "ich", " text")
sheet.write_number(5, 0, 5)
sheet.write_string(5, 7, "last")
sheet.write_blank(9, 12, None, bold)  # a cell with a format and nothing in it
book.close()

book = xlsxwriter.Workbook(os.path.join(here, "other_calendar.xlsx"), {"date_1904": True})
sheet = book.add_worksheet()
day = book.add_format({"num_format": 14})
sheet.write(0, 0, "day")
sheet.write_datetime(1, 0, datetime.date(2024, 2, 29), day)
sheet.write_datetime(2, 0, datetime.date(1904, 1, 2), day)
book.close()

book = openpyxl.Workbook()
sheet = book.active
sheet.append(["x", "y", "when", "both"])
for i in range(3):
    sheet.append([i / 3, f"t{i}", datetime.datetime(2020, 5, 17, 6, 30 * i % 60), None])
sheet.merge_cells("D2:D3")
sheet["D2"] = "merged"
book.save(os.path.join(here, "plain.xlsx"))
sheet["E1"] = "formula"
sheet["E2"] = "=A2+1"
book.save(os.path.join(here, "never_computed.xlsx"))

book = openpyxl.Workbook()
book.active.append(["rooms", "price"])
for i in range(40):
    book.active.append([i % 5, i % 5 * 100 + i])
book.save(os.path.join(here, "larger.xlsx"))
