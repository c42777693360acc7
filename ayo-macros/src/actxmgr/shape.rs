//! What kind of body a yielded type asks for.
//!
//! rustc 1.95 shows that a future is `Send` which holds the future of an `AsyncFnOnce(Y)` only where no lifetime in `Y`
//! comes from outside; and a `FnOnce(Y) -> F` only takes a `Y` without lifetimes of its own. Where there are both, the
//! body is boxed.

use proc_macro2::{Ident, Span};
use syn::visit_mut::{self, VisitMut};
use syn::{
    BoundLifetimes, GenericParam, Lifetime, ParenthesizedGenericArguments, Type, TypeFnPtr, TypeImplTrait,
    TypeParamBound, TypeReference, TypeTraitObject,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// No lifetime is the yield's own: `FnOnce(Y) -> F`.
    Given,
    /// All are: `AsyncFnOnce(Y)`.
    Lent,
    /// Some are, some are the arguments' or a trait object's.
    Mixed,
}

/// The shape of the body, and the type with a name for each lifetime that was left out.
pub(crate) fn of(yielded: &Type) -> (Shape, Type, Vec<Lifetime>) {
    let mut lifetimes = Lifetimes::default();
    let mut named = yielded.clone();
    lifetimes.visit_type_mut(&mut named);
    let shape = match (lifetimes.own.is_empty(), lifetimes.others) {
        (true, _) => Shape::Given,
        (false, false) => Shape::Lent,
        (false, true) => Shape::Mixed,
    };
    (shape, named, lifetimes.own)
}

/// Looks which lifetimes there are, and names those that have no name. `'static` is no matter, nor are those that the type
/// itself binds.
#[derive(Default)]
struct Lifetimes {
    own: Vec<Lifetime>,
    others: bool,
    bound: Vec<Ident>,
}

impl Lifetimes {
    fn next(&mut self) -> Lifetime {
        let name = Lifetime::new(&format!("'__yield{}", self.own.len()), Span::mixed_site());
        self.own.push(name.clone());
        name
    }
}

impl VisitMut for Lifetimes {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        match &mut reference.lifetime {
            Some(lifetime) => self.visit_lifetime_mut(lifetime),
            none => *none = Some(self.next()),
        }
        self.visit_type_mut(&mut reference.elem);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        match lifetime.ident.to_string().as_str() {
            "_" => *lifetime = self.next(),
            "static" => {}
            _ => self.others |= !self.bound.contains(&lifetime.ident),
        }
    }

    /// Behind a reference, its own bound is a second lifetime that rustc does not connect with that.
    fn visit_type_trait_object_mut(&mut self, object: &mut TypeTraitObject) {
        let is_bound = |bound: &TypeParamBound| matches!(bound, TypeParamBound::Lifetime(_));
        self.others |= !object.bounds.iter().any(is_bound);
        visit_mut::visit_type_trait_object_mut(self, object);
    }

    fn visit_bound_lifetimes_mut(&mut self, bound: &mut BoundLifetimes) {
        let names = bound.lifetimes.iter().filter_map(|param| match param {
            GenericParam::Lifetime(param) => Some(param.lifetime.ident.clone()),
            _ => None,
        });
        self.bound.extend(names);
    }

    /// Lifetimes that are left out in there are the inner function's.
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}

    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
}

/// The first `impl Trait` in a type.
pub(crate) fn impl_trait(yielded: &Type) -> Option<TypeImplTrait> {
    struct Find(Option<TypeImplTrait>);
    impl VisitMut for Find {
        fn visit_type_impl_trait_mut(&mut self, found: &mut TypeImplTrait) {
            self.0.get_or_insert_with(|| found.clone());
        }

        fn visit_type_mut(&mut self, ty: &mut Type) {
            visit_mut::visit_type_mut(self, ty);
        }
    }
    let mut find = Find(None);
    find.visit_type_mut(&mut yielded.clone());
    find.0
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::{Shape, impl_trait, of};

    fn shape(text: &str) -> Shape {
        of(&syn::parse_str(text).unwrap()).0
    }

    #[test]
    fn without_lifetimes_of_its_own_it_is_given() {
        for text in
            ["u32", "T", "()", "&'a T", "MutexGuard<'a, T>", "&'static str", "Box<dyn Fn(&str) -> &str>"]
        {
            assert_eq!(shape(text), Shape::Given, "{text}");
        }
    }

    #[test]
    fn with_only_such_it_is_lent() {
        for text in [
            "&mut Tx",
            "&T",
            "Guard<'_>",
            "(&A, &mut B)",
            "&(dyn for<'x> Fn(&'x str) + 'static)",
            "&'_ fn(&str)",
        ] {
            assert_eq!(shape(text), Shape::Lent, "{text}");
        }
    }

    #[test]
    fn with_both_it_is_mixed() {
        for text in ["&mut Tx<'p>", "Guard<'_, 'p>", "(&A, &'a B)", "&mut dyn Read"] {
            assert_eq!(shape(text), Shape::Mixed, "{text}");
        }
        let (_, named, own) = of(&syn::parse_str("(&mut Tx<'p, '_>, &A)").unwrap());
        let text = named.to_token_stream().to_string().replace(' ', "");
        assert_eq!(text, "(&'__yield0mutTx<'p,'__yield1>,&'__yield2A)");
        assert_eq!(own.len(), 3);
    }

    #[test]
    fn an_impl_trait_is_found() {
        assert!(impl_trait(&syn::parse_str("&mut impl Read").unwrap()).is_some());
        assert!(impl_trait(&syn::parse_str("&mut dyn Read").unwrap()).is_none());
    }
}
