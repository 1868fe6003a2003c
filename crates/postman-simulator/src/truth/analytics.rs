//! Activity, partners, invitations and seats, as a sync has to report them.

use std::collections::BTreeMap;

use super::reading::TeamReading;
use super::record::{ExpectedDetails, ExpectedResource, Id, attributes, id, time};

impl TeamReading<'_> {
    /// The report and what lies under it.
    pub(super) fn analytics(&mut self) {
        let report = id("analytics-report", self.team().id);
        let analytics = &self.team().analytics;
        for partner in &analytics.partners {
            let last = partner.times.iter().max().copied();
            let details = ExpectedDetails::User {
                email: None,
                login: None,
                account_type: "external",
                last_login: time(last),
            };
            let this = id("partner", partner.id);
            let name = format!("Partner {}", partner.id);
            self.book
                .resource(ExpectedResource::referenced(this, name, details));
        }
        self.book.resource(ExpectedResource {
            attributes: self.figures(),
            ..ExpectedResource::listed(
                report.clone(),
                Some(self.team_id()),
                "Analytics report".to_owned(),
            )
        });
        self.activities(&report);
        self.invitations(&report);
    }

    fn figures(&self) -> BTreeMap<&'static str, String> {
        let analytics = &self.team().analytics;
        let members = analytics.seats - analytics.unused;
        let billed = self.team().readable().seats;
        attributes([
            (
                "active_postman_users",
                Some((analytics.seats / 2).to_string()),
            ),
            ("guests", Some("0".to_owned())),
            ("partners", Some("3".to_owned())),
            ("seats_total", Some(analytics.seats.to_string())),
            ("seats_unbilled", billed.then(|| "0".to_owned())),
            ("seats_used", Some(members.to_string())),
            ("team_members", Some(members.to_string())),
            ("unused_licenses", Some(analytics.unused.to_string())),
        ])
    }

    fn activities(&mut self, report: &Id) {
        let team = self.team();
        for member in &team.analytics.members {
            let Some(user) = team.users.iter().find(|user| user.id == member.user) else {
                continue;
            };
            let roles = user.roles.join(",");
            let details = ExpectedDetails::User {
                email: user.email.clone(),
                login: None,
                account_type: "unknown",
                last_login: time(member.active),
            };
            let name = format!("{} {}", user.given, user.family);
            self.book.resource(ExpectedResource {
                status: "unknown",
                created_at: time(Some(member.added)),
                details,
                attributes: attributes([
                    ("invite_type", Some("email".to_owned())),
                    ("invited_by", member.invited_by.clone()),
                    ("user_role", Some(roles).filter(|roles| !roles.is_empty())),
                ]),
                ..ExpectedResource::listed(id("activity", user.id), Some(report.clone()), name)
            });
        }
        if team.analytics.strangers > 0 {
            let what = format!("activities of {}: an address of nobody", report.id);
            self.book.omitted.insert(what);
        }
    }

    fn invitations(&mut self, report: &Id) {
        let shows_sender = self.service.options.traps.invitation_senders;
        for one in &self.team().analytics.invitations {
            let this = id("invitation", &one.id);
            let details = ExpectedDetails::User {
                email: Some(one.email.clone()),
                login: None,
                account_type: "unknown",
                last_login: None,
            };
            let sender = one.sender.clone().filter(|_| shows_sender);
            self.book.holds(&self.team_id(), "invited", this.clone());
            self.book.resource(ExpectedResource {
                status: "unknown",
                created_at: time(Some(one.created)),
                details,
                attributes: attributes([("invited_by", sender)]),
                ..ExpectedResource::listed(this, Some(report.clone()), one.email.clone())
            });
        }
    }
}
