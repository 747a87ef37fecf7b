//! Sorting in few instructions. The standard library's sorts are 2 to 5 KB for each type that they are used for, which
//! together was a twentieth of the program; what is sorted here is short, or nearly in order. To collect into a `BTreeMap`
//! is to sort too, to extend one is not.

/// Sorts in place, by Shell's method with the gaps of Gonnet and Baeza-Yates. Equal elements may change places.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, |one, other| one < other);
}

/// Sorts in place by what is to come before what. Elements of which neither comes before the other may change places.
pub fn sort_by<T>(items: &mut [T], precedes: impl Fn(&T, &T) -> bool) {
    let mut gap = items.len();
    while 1 < gap {
        gap = (gap * 5 / 11).max(1);
        for end in gap..items.len() {
            let mut at = end;
            while gap <= at && precedes(&items[at], &items[at - gap]) {
                items.swap(at, at - gap);
                at -= gap;
            }
        }
    }
}

/// In the order of their keys; what has the same key keeps its order.
pub fn in_order<K: Ord, T>(items: impl IntoIterator<Item = (K, T)>) -> Vec<T> {
    let mut all: Vec<(K, u32, T)> = (0..).zip(items).map(|(place, (key, item))| (key, place, item)).collect();
    sort_by(&mut all, |one, other| (&one.0, one.1) < (&other.0, other.1));
    all.into_iter().map(|(_, _, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(items: Vec<u8>) {
            let (mut own, mut model) = (items.clone(), items);
            sort(&mut own);
            model.sort_unstable();
            prop_assert_eq!(own, model);
        }

        #[test]
        fn equal_keys_keep_their_order(items: Vec<(u8, u16)>) {
            let mut model = items.clone();
            model.sort_by_key(|(key, _)| *key);
            prop_assert!(in_order(items).into_iter().eq(model.into_iter().map(|(_, item)| item)));
        }

        #[test]
        fn an_order_of_its_own_is_kept(items: Vec<(u8, u16)>) {
            let mut own = items.clone();
            sort_by(&mut own, |one, other| other.1 < one.1);
            prop_assert!(own.is_sorted_by(|one, next| next.1 <= one.1));
            let (mut left, mut right) = (own, items);
            sort(&mut left);
            right.sort_unstable();
            prop_assert_eq!(left, right);
        }
    }
}
