//! A table over as many pages as it needs: its head is on each, and never without a row.

use krilla::tagging::{TableHeaderScope, Tag};

use super::letters::{Colour, Line, Style, set, wrapped};
use super::sheet::{LEFT, RIGHT, Sheet};

/// Points above and below the words of a row.
const PADDING: f32 = 5.5;
/// Points under the last row.
const AFTER: f32 = 4.0;
/// Lines of a cell: with it a row is never higher than a page.
const LINES_MAX: usize = 20;

/// A column.
pub(super) struct Column {
    pub title: &'static str,
    /// Where it begins, from the left.
    pub left: f32,
    pub width: f32,
    /// Numbers end at the right.
    pub is_number: bool,
}

/// How it looks.
pub(super) struct Look {
    pub head: Style,
    pub cell: Style,
    pub rule: Colour,
    pub head_rule: Colour,
}

/// Places the rows. The last of them stays together with the `after` points that come next.
pub(super) fn table(sheet: &mut Sheet, columns: &[Column], rows: &[Vec<String>], look: &Look, after: f32) {
    let head_height = look.head.leading() + PADDING;
    let rows: Vec<Vec<Vec<Line>>> = rows.iter().map(|row| cells(row, columns, look.cell)).collect();
    let height = |row: &Vec<Vec<Line>>| {
        let lines = row.iter().map(Vec::len).max().unwrap_or(0);
        lines as f32 * look.cell.leading() + 2.0 * PADDING
    };
    let kept = |at: usize| if at + 1 == rows.len() { AFTER + after } else { 0.0 };
    sheet.need(head_height + rows.first().map_or(0.0, height) + kept(0));
    sheet.within(Tag::Table, |sheet| {
        sheet.within(Tag::THead, |sheet| {
            sheet.within(Tag::TR, |sheet| head(sheet, columns, look, true));
        });
        sheet.y += head_height;
        sheet.within(Tag::TBody, |sheet| {
            for (at, row) in rows.iter().enumerate() {
                if sheet.need(height(row) + kept(at)) {
                    head(sheet, columns, look, false);
                    sheet.y += head_height;
                }
                let row_height = height(row);
                sheet.within(Tag::TR, |sheet| cells_of(sheet, columns, row));
                sheet.y += row_height;
                sheet.rule(LEFT, RIGHT, 0.0, look.rule);
            }
        });
    });
    sheet.y += AFTER;
}

fn cells(row: &[String], columns: &[Column], style: Style) -> Vec<Vec<Line>> {
    row.iter().zip(columns).map(|(cell, column)| wrapped(cell, style, column.width, LINES_MAX)).collect()
}

/// For the ear it is there once.
fn head(sheet: &mut Sheet, columns: &[Column], look: &Look, is_first: bool) {
    for column in columns {
        let title = set(column.title, look.head);
        let x = if column.is_number { column.left + column.width - title.width } else { column.left };
        if is_first {
            sheet.within(Tag::TH(TableHeaderScope::Column), |sheet| sheet.words(x, 0.0, title));
        } else {
            sheet.again(x, 0.0, title);
        }
    }
    sheet.rule(LEFT, RIGHT, look.head.leading() + PADDING - 0.6, look.head_rule);
}

fn cells_of(sheet: &mut Sheet, columns: &[Column], row: &[Vec<Line>]) {
    for (column, lines) in columns.iter().zip(row) {
        sheet.within(Tag::TD, |sheet| {
            let mut y = PADDING;
            for line in lines {
                let indent = if column.is_number { column.width - line.width } else { 0.0 };
                sheet.words(column.left + indent, y, line.clone());
                y += line.style.leading();
            }
        });
    }
}
