//! Writes tables as CSV (RFC 4180) that no spreadsheet takes for a program.

/// Cells that begin so are formulas to a spreadsheet.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Adds a line. A cell that would be a formula gets an apostrophe before it, which spreadsheets take
/// for "this is text"; plain negative numbers and telephone numbers are left as they are.
pub fn push_line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_cell(text, cell);
    }
    text.push_str("\r\n");
}

fn push_cell(text: &mut String, cell: &str) {
    let is_formula = cell.starts_with(FORMULA) && !is_number(cell) && !is_telephone(cell);
    let needs_quotes = cell.contains([',', '"', '\r', '\n']);
    if needs_quotes {
        text.push('"');
    }
    if is_formula {
        text.push('\'');
    }
    match needs_quotes {
        true => {
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        }
        false => text.push_str(cell),
    }
}

/// `-12.5`, and nothing that only looks like it.
fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(fraction)
}

/// `+15550100123`: nothing that could be computed, and of no use with an apostrophe before it.
fn is_telephone(cell: &str) -> bool {
    let digits = cell.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::push_line;

    fn line(cells: &[&str]) -> String {
        let mut text = String::new();
        push_line(&mut text, cells.iter().copied());
        text
    }

    #[test]
    fn cells_with_commas_quotes_and_breaks_are_quoted() {
        assert_eq!(
            line(&["a", "b,c", "say \"hi\"", "two\r\nlines", ""]),
            "a,\"b,c\",\"say \"\"hi\"\"\",\"two\r\nlines\",\r\n"
        );
    }

    #[test]
    fn formulas_become_text_and_negative_numbers_stay() {
        assert_eq!(line(&["=1+1", "+1", "@x", "\tx", "-1+2", "-x"]), "'=1+1,'+1,'@x,'\tx,'-1+2,'-x\r\n");
        assert_eq!(line(&["=a,b", "\rx"]), "\"'=a,b\",\"'\rx\"\r\n");
        assert_eq!(line(&["-12.5", "-3", "7", "+15550100123"]), "-12.5,-3,7,+15550100123\r\n");
        assert_eq!(line(&["+15550100123+1", "+1234567890123456"]), "'+15550100123+1,'+1234567890123456\r\n");
        assert_eq!(line(&["-", "-.5", "-1.", "-1.2.3"]), "'-,'-.5,'-1.,'-1.2.3\r\n");
    }
}
