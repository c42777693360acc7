//! A future that is one of several: what the members of a tuple have in common.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// Stands where a tuple has no more members.
#[derive(Debug)]
pub enum Nobody {}

impl Future for Nobody {
    type Output = Self;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self> {
        match *self {}
    }
}

macro_rules! one_of {
    ($($name:ident)*) => {
        pin_project! {
            /// One of the futures of a tuple.
            #[project = OneOfProj]
            #[allow(missing_debug_implementations, reason = "a tuple's future, which has none itself")]
            pub enum OneOf<$($name = Nobody,)*> {
                $(
                    #[doc = "It is this one."]
                    $name { #[pin] future: $name },
                )*
            }
        }

        /// What one of the futures of a tuple came to.
        #[derive(Debug)]
        pub enum One<$($name = Nobody,)*> {
            $(
                #[doc = "It is this one's."]
                $name($name),
            )*
        }

        impl<$($name: Future,)*> Future for OneOf<$($name,)*> {
            type Output = One<$($name::Output,)*>;

            #[inline]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                match self.project() {
                    $(OneOfProj::$name { future } => future.poll(cx).map(One::$name),)*
                }
            }
        }
    };
}

one_of!(A B C D E F G H I J K L);
