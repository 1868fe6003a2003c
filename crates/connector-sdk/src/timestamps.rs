//! Timestamps: RFC 3339 as providers write it, and the `Date` and `Retry-After` forms of HTTP.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Returns a moment of RFC 3339 in UTC, whole seconds, with `Z`: `2022-07-18T06:57:37Z`.
/// Fractions are cut off, offsets are taken out, a missing offset is UTC. `None` where `text` is no such moment.
pub fn utc(text: &str) -> Option<String> {
    parse_rfc3339(text).or_else(|| parse_rfc3339(text.trim()))
}

fn parse_rfc3339(text: &str) -> Option<String> {
    let (moment, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [date @ .., separator, _, _, _, _, _, _, _, _] = moment;
    let [.., b'T' | b't' | b' ', h, i, c, m, n, d, s, t] = moment else {
        return None;
    };
    let date = parse_date(date)?;
    let time = time_of_day(&[*h, *i, *c, *m, *n, *d, *s, *t])?;
    let offset = offset(without_fraction(text.get(text.len() - rest.len()..)?)?)?;
    // A time of this form in UTC is cut to whole seconds; a leap second is formatted again.
    if offset == 0 && *separator == b'T' && (*s, *t) != (b'6', b'0') {
        let mut moment = String::with_capacity(20);
        moment.push_str(text.get(..19)?);
        moment.push('Z');
        return Some(moment);
    }
    format(days(date) * 86_400 + time - offset)
}

fn format(seconds: i64) -> Option<String> {
    let (year, month, day) = date_of(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    (0..=9999).contains(&year).then(|| {
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60
        )
    })
}

/// Seconds since 1970 of an HTTP date in any of its three forms (RFC 9110): the fixed one,
/// `Sun, 06 Nov 1994 08:49:37 GMT`, and those that are obsolete and still to be read,
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. A year of two digits is of this
/// century.
pub fn http_date(text: &str) -> Option<i64> {
    let words: Vec<_> = text
        .split([' ', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    let (day, month, year, time) = match words.as_slice() {
        [weekday, day, month, year, time, "GMT"] if weekday.ends_with(',') => {
            (day, month, year, time)
        }
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let month = 1 + i64::try_from(MONTHS.iter().position(|name| name == month)?).ok()?;
    let year = match year.len() {
        4 => number(year.as_bytes())?,
        2 => 2000 + number(year.as_bytes())?,
        _ => return None,
    };
    let day = number(day.as_bytes()).filter(|_| day.len() <= 2)?;
    let date = existing_date(year, month, day)?;
    Some(days(date) * 86_400 + time_of_day(time.as_bytes().try_into().ok()?)?)
}

/// A date of the Gregorian calendar, which exists.
type Date = (i64, i64, i64);

fn parse_date(text: &[u8; 10]) -> Option<Date> {
    let [a, b, c, d, b'-', m, n, b'-', t, u] = *text else {
        return None;
    };
    let year = pair(a, b)? * 100 + pair(c, d)?;
    existing_date(year, pair(m, n)?, pair(t, u)?)
}

/// Returns the text after a fraction of a second, if there is one.
fn without_fraction(text: &str) -> Option<&str> {
    let Some(fraction) = text.strip_prefix(['.', ',']) else {
        return Some(text);
    };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| fraction.get(digits..))?
}

/// Seconds east of Greenwich.
fn offset(text: &str) -> Option<i64> {
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let (sign, text) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = text.split_at_checked(2)?;
    let minutes = minutes.trim_start_matches(':').as_bytes();
    let minutes = number(minutes).filter(|_| minutes.len() == 2)?;
    let hours = number(hours.as_bytes())?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Seconds since midnight of `hh:mm:ss`; a leap second counts as the second before it.
fn time_of_day(text: &[u8; 8]) -> Option<i64> {
    let [h, i, b':', m, n, b':', s, t] = *text else {
        return None;
    };
    let (hours, minutes, seconds) = (pair(h, i)?, pair(m, n)?, pair(s, t)?);
    (hours < 24 && minutes < 60 && seconds <= 60)
        .then_some(hours * 3600 + minutes * 60 + seconds.min(59))
}

/// Returns a number of two digits.
fn pair(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

/// Returns a number of digits alone, at least one.
fn number(text: &[u8]) -> Option<i64> {
    let digits = text.iter().try_fold(0, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
        Some(number * 10 + i64::from(digit))
    });
    digits.filter(|_| !text.is_empty())
}

fn existing_date(year: i64, month: i64, day: i64) -> Option<Date> {
    let exists = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    exists.then_some((year, month, day))
}

/// Days since 1970-01-01.
fn days((year, month, day): Date) -> i64 {
    // Years that begin in March put the leap day last, so that month lengths need no table.
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = || year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap() => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the date that lies so many days after 1970-01-01.
fn date_of(days: i64) -> Date {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_become_utc_in_whole_seconds() {
        for (given, wanted) in [
            ("2022-07-18T06:57:37.000Z", Some("2022-07-18T06:57:37Z")),
            ("2022-07-18T06:57:37.999Z", Some("2022-07-18T06:57:37Z")),
            ("2022-07-18t06:57:37z", Some("2022-07-18T06:57:37Z")),
            ("2022-07-18 06:57:37", Some("2022-07-18T06:57:37Z")),
            ("2024-03-01T00:30:00+01:00", Some("2024-02-29T23:30:00Z")),
            ("1999-12-31T23:30:00-0130", Some("2000-01-01T01:00:00Z")),
            ("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59Z")),
            ("1969-12-31T23:59:59Z", Some("1969-12-31T23:59:59Z")),
            ("0000-01-01T00:00:00+00:01", None),
            ("2023-02-29T00:00:00Z", None),
            ("2023-13-01T00:00:00Z", None),
            ("2023-01-01T24:00:00Z", None),
            ("2023-01-01T23:60:00Z", None),
            ("2023-01-01T23:59:61Z", None),
            ("2023-04-31T00:00:00Z", None),
            ("1900-02-29T00:00:00Z", None),
            ("2000-02-29T00:00:00Z", Some("2000-02-29T00:00:00Z")),
            ("2024-03-02T00:00:00+23:59", Some("2024-03-01T00:01:00Z")),
            ("2024-03-02T00:00:00+24:00", None),
            ("2024-03-02T00:00:00+23:60", None),
            ("2023-01-01T00:00:00.Z", None),
            ("2023-01-01", None),
            ("1658127457000", None),
            ("yesterday, at noon", None),
            ("2023-01-01Tée:00:00Z", None),
            ("", None),
        ] {
            assert_eq!(utc(given).as_deref(), wanted, "{given}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_round_trips() {
        for day in -146_097..146_097 {
            let (year, month, date) = date_of(day);
            let date = existing_date(year, month, date).unwrap();
            assert_eq!(days(date), day);
        }
    }

    #[test]
    fn http_dates_are_read_in_all_three_forms() {
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(http_date(date), Some(784_111_777), "{date}");
        }
        let of_this_century = http_date("Thursday, 01-Jan-26 00:00:00 GMT");
        assert_eq!(of_this_century, Some(1_767_225_600));
        for wrong in [
            "",
            "120",
            "Sun, 06 Nov 1994",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun 06 Nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 994 08:49:37 GMT",
        ] {
            assert_eq!(http_date(wrong), None, "{wrong}");
        }
    }
}
