//! PagerDuty's answers exactly as PagerDuty sends them, every field free to be missing or of another type.

use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
use connector_sdk::record;

record! {
    /// One page of a list: `{"users": […], "limit": 100, "offset": 0, "total": null, "more": false}`.
    Listing[T] {
        /// The items, under the name of the list.
        items: LenientList<LenientObject<T>> = "users" | "teams" | "members",
        /// True if there are further pages.
        more: Scalar<'a> = "more",
        /// The number of items on a page. PagerDuty may allow fewer than were asked for.
        limit: Scalar<'a> = "limit",
    }
}

record! {
    /// `GET /users/me`.
    Me {
        /// The key's owner.
        user: LenientObject<User<'a>> = "user",
    }
}

record! {
    /// A user, in `GET /users` and `GET /users/me`.
    User {
        /// Identifier, such as `PXPGF42`.
        id: Scalar<'a> = "id",
        /// Name for people to read.
        name: Scalar<'a> = "name",
        /// Address, which is the login too.
        email: Scalar<'a> = "email",
        /// Base role: one of [`crate::resources::roles::BASE`].
        role: Scalar<'a> = "role",
        /// Job title.
        job_title: Scalar<'a> = "job_title",
        /// True if the invitation was not yet accepted.
        invitation_sent: Scalar<'a> = "invitation_sent",
        /// The user's page for people: `https://{account}.pagerduty.com/users/{id}`.
        html_url: Scalar<'a> = "html_url",
    }
}

record! {
    /// A team, in `GET /teams`.
    Team {
        /// Identifier.
        id: Scalar<'a> = "id",
        /// Name for people to read.
        name: Scalar<'a> = "name",
        /// The purpose.
        description: Scalar<'a> = "description",
        /// The team that it lies in.
        parent: LenientObject<Reference<'a>> = "parent",
        /// The role of new members.
        default_role: Scalar<'a> = "default_role",
    }
}

record! {
    /// A member, in `GET /teams/{id}/members`.
    Member {
        /// The user.
        user: LenientObject<Reference<'a>> = "user",
        /// Team role: one of [`crate::resources::roles::TEAM`].
        role: Scalar<'a> = "role",
    }
}

record! {
    /// Something that is referred to.
    Reference {
        /// Identifier.
        id: Scalar<'a> = "id",
    }
}

record! {
    /// The body of a refusal: `{"error": {"message": …, "code": 2010, "errors": […]}}`.
    Refusal {
        /// The error; a text in some answers.
        error: LenientObject<RefusalCode<'a>> = "error",
    }
}

record! {
    /// The part of an error that may go to a log.
    RefusalCode {
        /// PagerDuty's number for it.
        code: Scalar<'a> = "code",
    }
}
