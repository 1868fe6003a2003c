//! The statements of an answer on what follows it in its list, in every place and by every name that Postman or
//! others use.

use connector_sdk::json::{JsonRecord, Slot};
use connector_sdk::lenient::{LenientObject, Scalar};
use connector_sdk::record;

record! {
    /// One statement on the rest of a list.
    Statement {
        /// The next page's cursor: absent, null or empty at the end.
        next_cursor: Scalar<'a> = "nextCursor" | "next_cursor",
        /// The next page in another form; undocumented.
        next: Scalar<'a> = "next" | "nextPage" | "next_page" | "nextPageToken" | "nextLink" | "nextUrl",
        /// The number of items in the whole list.
        total: Scalar<'a> = "total" | "totalCount" | "total_count" | "totalResults" | "totalItems",
        /// The number of pages; undocumented.
        pages: Scalar<'a> = "totalPages" | "total_pages" | "pageCount" | "pages",
        /// True if there are more items than these: documented of `/analytics`.
        has_more: Scalar<'a> = "has_more" | "hasMore" | "hasNextPage" | "hasNext",
    }
}

/// All that an answer states on the rest of its list.
#[derive(Debug, Default)]
pub struct Continuation<'a> {
    /// The answer's own fields, of which audit logs use `nextCursor` (seen live).
    top: Statement<'a>,
    /// `meta`, which is documented, and `metadata`, which teams use.
    metas: [LenientObject<Statement<'a>>; 2],
    /// `pagination`, which `/analytics` uses, and undocumented places.
    others: [LenientObject<Statement<'a>>; 3],
    /// True if the header `Link` has a next page.
    pub has_link: bool,
}

impl<'a> JsonRecord<'a> for Continuation<'a> {
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        let [meta, metadata] = &mut self.metas;
        let [pagination, links, paging] = &mut self.others;
        match name {
            "meta" => Some(meta),
            "metadata" => Some(metadata),
            "pagination" => Some(pagination),
            "links" | "_links" => Some(links),
            "paging" | "page_info" | "pageInfo" => Some(paging),
            _ => self.top.field(name),
        }
    }
}

impl<'a> Continuation<'a> {
    fn statements(&self) -> impl Iterator<Item = &Statement<'a>> {
        let nested = self.metas.iter().chain(&self.others);
        nested.filter_map(LenientObject::get).chain([&self.top])
    }

    /// Returns the cursor that is stated first, where any is.
    pub fn next(&self) -> Option<&Scalar<'a>> {
        let mut cursors = self.statements().map(|one| &one.next_cursor);
        cursors.find(|cursor| !is_end(cursor))
    }

    /// Returns the length of the list, where Postman states it.
    pub fn total(&self) -> Option<u64> {
        self.statements().find_map(|one| one.total.count())
    }

    /// Returns whether the answer has `meta`, which Postman sends with a page.
    pub fn has_meta(&self) -> bool {
        matches!(self.metas, [LenientObject::Here(_), _])
    }

    /// Returns whether a place of the next cursor is there and cannot be read.
    pub fn is_unreadable(&self) -> bool {
        let mut metas = self.metas.iter();
        metas.any(|meta| matches!(meta, LenientObject::Other))
    }

    /// Returns whether more items are stated than an answer has.
    pub fn has_more(&self) -> bool {
        let states_more =
            |one: &Statement<'_>| one.has_more == Scalar::Bool(true) || !is_end(&one.next);
        self.has_link || self.next().is_some() || self.statements().any(states_more)
    }

    /// Returns whether more is stated than the so many items of an answer that begins its list.
    pub fn is_longer(&self, items: usize) -> bool {
        let states_longer = |one: &Statement<'_>| {
            let pages = one.pages.count().unwrap_or_default();
            let total = one.total.count().unwrap_or_default();
            pages > 1 || total > items as u64
        };
        self.has_more() || self.statements().any(states_longer)
    }
}

/// Returns whether a statement on the next page says that there is none.
fn is_end(next: &Scalar<'_>) -> bool {
    next.is_blank()
        || matches!(
            next,
            Scalar::Bool(false) | Scalar::Composite { empty: true }
        )
}

/// The answer for a list: a record of its own with the statements on the rest beside.
#[derive(Debug, Default)]
pub struct ListAnswer<'a, T> {
    /// The record that has the items.
    pub list: T,
    /// The statements on the rest.
    pub rest: Continuation<'a>,
}

impl<'a, T: JsonRecord<'a>> JsonRecord<'a> for ListAnswer<'a, T> {
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        match self.rest.field(name) {
            Some(slot) => Some(slot),
            None => self.list.field(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::wire::{Data, User};
    use connector_sdk::json::JsonText;
    use connector_sdk::lenient::LenientList;

    fn with_rest<T>(text: &str, check: impl FnOnce(&Continuation<'_>) -> T) -> T {
        let text = JsonText::new(text.as_bytes());
        let answer: ListAnswer<'_, Data<User<'_>>> = text.record().unwrap();
        assert!(matches!(&answer.list.data, LenientList::Items(items) if items.len() == 2));
        check(&answer.rest)
    }

    #[test]
    fn a_longer_list_is_seen_in_every_form() {
        for (form, is_longer) in [
            (r#""meta":{"nextCursor":"x"}"#, true),
            (r#""metadata":{"next_cursor":5}"#, true),
            (r#""nextCursor":"x""#, true),
            (r#""pagination":{"has_more":true}"#, true),
            (r#""hasMore":true"#, true),
            (r#""page_info":{"hasNextPage":true}"#, true),
            (r#""links":{"next":"/users?page=2"}"#, true),
            (r#""_links":{"next":{"href":"/x"}}"#, true),
            (r#""meta":{"nextPage":2}"#, true),
            (r#""meta":{"total":3}"#, true),
            (r#""totalCount":3"#, true),
            (r#""meta":{"page":1,"totalPages":2}"#, true),
            (r#""meta":{"total":2,"page":1,"pages":1}"#, false),
            (r#""meta":{"nextCursor":null,"prevCursor":"x"}"#, false),
            (r#""meta":{"nextCursor":"","has_more":false}"#, false),
            (r#""meta":{"nextCursor":false,"next":{}}"#, false),
            (r#""links":{"self":"/users","next":null},"count":7"#, false),
            (r#""meta":7,"metadata":null,"links":[]"#, false),
        ] {
            let text = format!(r#"{{"data":[{{"id":1}},{{"id":2}}],{form}}}"#);
            assert_eq!(
                with_rest(&text, |rest| rest.is_longer(2)),
                is_longer,
                "{form}"
            );
        }
    }

    #[test]
    fn a_cursor_is_found_in_every_place() {
        for form in [
            r#""meta":{"nextCursor":"x"}"#,
            r#""metadata":{"next_cursor":"x"}"#,
            r#""pagination":{"nextCursor":"x"}"#,
            r#""meta":{"nextCursor":null},"nextCursor":"x""#,
        ] {
            let text = format!(r#"{{"data":[{{"id":1}},{{"id":2}}],{form}}}"#);
            let found = with_rest(&text, |rest| {
                rest.next().and_then(Scalar::id).map(Into::into)
            });
            assert_eq!(found, Some("x".to_owned()), "{form}");
        }
    }
}
