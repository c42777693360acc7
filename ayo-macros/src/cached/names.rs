//! What a type speaks of that a `static` cannot: lifetimes, `Self`, the parameters of a generic function.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Ident, Lifetime, ParenthesizedGenericArguments, Type, TypeFnPtr, TypeImplTrait, TypeReference};

/// What was found first of each, and where.
#[derive(Default)]
pub(crate) struct Names {
    /// A borrow that ends, or a lifetime other than `'static`.
    pub(crate) borrow: Option<Span>,
    pub(crate) self_type: Option<Span>,
    pub(crate) impl_trait: Option<Span>,
    pub(crate) generic: Option<Ident>,
}

impl Names {
    pub(crate) fn of(ty: &Type, generics: &[Ident]) -> Self {
        let mut finder = Finder { names: Self::default(), generics };
        finder.visit_type_mut(&mut ty.clone());
        finder.names
    }
}

struct Finder<'a> {
    names: Names,
    generics: &'a [Ident],
}

impl VisitMut for Finder<'_> {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            self.names.borrow.get_or_insert(reference.and_token.span);
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            self.names.borrow.get_or_insert(lifetime.span());
        }
    }

    fn visit_type_impl_trait_mut(&mut self, ty: &mut TypeImplTrait) {
        self.names.impl_trait.get_or_insert(ty.impl_token.span);
    }

    fn visit_ident_mut(&mut self, name: &mut Ident) {
        if name == "Self" {
            self.names.self_type.get_or_insert(name.span());
        }
        if self.generics.contains(name) {
            self.names.generic.get_or_insert(name.clone());
        }
    }

    /// The borrows in `fn(&str)` end with its call.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}
