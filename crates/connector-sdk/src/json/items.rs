//! Lists whose items are handed on as they are read, so that no list of them stays in memory.

use super::{BodyError, Items, JsonRecord, JsonText, Slot};
use crate::lenient::{LenientObject, Scalar};

/// Takes each item of a list, and the number of bytes after it; no item if the list begins, for the first time or
/// again.
pub type TakeItem<'s, T> = &'s mut dyn FnMut(Option<&mut LenientObject<T>>, usize);

impl JsonText<'_> {
    /// Reads the whole text as an object: each item of the list under `name` goes to `take`, other fields into
    /// `rest`. Returns whether there is such a list: if not, items that were taken do not count.
    ///
    /// # Errors
    /// Returns an error if the text is no JSON, or no object.
    pub fn read_items<'a, T: JsonRecord<'a> + Default>(
        &'a self,
        name: &str,
        rest: &mut dyn JsonRecord<'a>,
        take: TakeItem<'_, T>,
    ) -> Result<bool, BodyError> {
        let items = ItemStream {
            take,
            next: None,
            is_list: false,
        };
        let mut text = WholeText {
            object: ObjectWithItems { name, rest, items },
            is_object: false,
        };
        self.read(&mut text)
            .map_err(|error| BodyError::NotJson(self.describe(&error)))?;
        if !text.is_object {
            return Err(BodyError::NotObject);
        }
        let items = &mut text.object.items;
        items.hand_on(0);
        Ok(items.is_list)
    }
}

/// The slot of a whole text.
struct WholeText<'s, 'a, T> {
    object: ObjectWithItems<'s, 'a, T>,
    is_object: bool,
}

/// An object one of whose fields is a list that is handed on.
struct ObjectWithItems<'s, 'a, T> {
    name: &'s str,
    rest: &'s mut dyn JsonRecord<'a>,
    items: ItemStream<'s, T>,
}

/// A list of which the last item alone is there.
struct ItemStream<'s, T> {
    take: TakeItem<'s, T>,
    next: Option<LenientObject<T>>,
    is_list: bool,
}

impl<T> ItemStream<'_, T> {
    fn hand_on(&mut self, unread: usize) {
        if let Some(item) = &mut self.next {
            (self.take)(Some(item), unread);
        }
        self.next = None;
    }
}

impl<'a, T: JsonRecord<'a> + Default> Slot<'a> for WholeText<'_, 'a, T> {
    fn scalar(&mut self, _value: Scalar<'a>) {}

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        None
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        self.is_object = true;
        Some(&mut self.object)
    }

    fn passed_over(&mut self, _empty: bool) {}
}

impl<'a, T: JsonRecord<'a> + Default> JsonRecord<'a> for ObjectWithItems<'_, 'a, T> {
    fn field(&mut self, name: &str) -> Option<&mut dyn Slot<'a>> {
        if name == self.name {
            Some(&mut self.items)
        } else {
            self.rest.field(name)
        }
    }
}

impl<'a, T: JsonRecord<'a> + Default> Slot<'a> for ItemStream<'_, T> {
    fn scalar(&mut self, _value: Scalar<'a>) {
        self.is_list = false;
    }

    fn list(&mut self) -> Option<&mut dyn Items<'a>> {
        self.is_list = true;
        self.next = None;
        (self.take)(None, 0);
        Some(self)
    }

    fn object(&mut self) -> Option<&mut dyn JsonRecord<'a>> {
        None
    }

    fn passed_over(&mut self, _empty: bool) {
        self.is_list = false;
    }
}

impl<'a, T: JsonRecord<'a> + Default> Items<'a> for ItemStream<'_, T> {
    fn one_more(&mut self, unread: usize) -> Option<&mut dyn Slot<'a>> {
        self.hand_on(unread);
        Some(self.next.insert(LenientObject::Absent))
    }

    fn one_less(&mut self) {
        self.next = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::record! {
        /// An item.
        Item {
            /// Its id.
            id: Scalar<'a> = "id",
        }
    }
    crate::record! {
        /// Facts of a list.
        Facts {
            /// A count.
            total: Scalar<'a> = "total",
        }
    }

    fn streamed(text: &[u8]) -> (Result<bool, BodyError>, String, Option<u64>) {
        let (text, mut facts) = (JsonText::new(text), Facts::default());
        let mut taken = String::new();
        let found = text.read_items(
            "data",
            &mut facts,
            &mut |item: Option<&mut LenientObject<Item<'_>>>, _unread| {
                let item = item.map(|item| {
                    item.get()
                        .and_then(|item| Some(item.id.words()?.to_owned()))
                });
                match item {
                    None => taken.clear(),
                    Some(id) => taken.push_str(&id.unwrap_or("-".to_owned())),
                }
            },
        );
        (found, taken, facts.total.count())
    }

    #[test]
    fn each_item_of_the_last_list_is_handed_on_once() {
        for (text, list, taken, total) in [
            (
                &br#"{"data":[{"id":"a"},null,{"id":"b"}],"total":3}"#[..],
                true,
                "a-b",
                Some(3),
            ),
            // The general parser begins again.
            (
                br#"{"data":[{"id":"a"},{"id":"b"}],"\u0074otal":3}"#,
                true,
                "ab",
                Some(3),
            ),
            // And again with repaired strings.
            (
                b"{\"data\":[{\"id\":\"a\"},{\"id\":\"\xe9\"}]}",
                true,
                "a\u{fffd}",
                None,
            ),
            (
                br#"{"data":[{"id":"a"}],"data":[{"id":"b"}]}"#,
                true,
                "b",
                None,
            ),
            (br#"{"data":[]}"#, true, "", None),
            (br#"{"data":[{"id":"a"}],"data":null}"#, false, "a", None),
            (br#"{"data":{}}"#, false, "", None),
            (br#"{"total":1}"#, false, "", Some(1)),
        ] {
            assert_eq!(
                streamed(text),
                (Ok(list), taken.to_owned(), total),
                "{text:?}"
            );
        }
        assert_eq!(streamed(b"[]").0, Err(BodyError::NotObject));
        assert!(matches!(
            streamed(b"{\"data\":[").0,
            Err(BodyError::NotJson(_))
        ));
    }
}
