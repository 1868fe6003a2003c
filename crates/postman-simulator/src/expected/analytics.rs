//! Activity, partners, invitations and seats, as a sync has to report them.

use std::collections::BTreeMap;

use super::reading::TeamReading;
use super::record::{ExpectedDetails, ExpectedResource, Id, format_time, id, sort_attributes};

impl TeamReading<'_> {
    /// Adds the report and the lists under it.
    pub(super) fn analytics(&mut self) {
        let report = id("analytics-report", self.whole_team().id);
        let analytics = &self.whole_team().analytics;
        for partner in &analytics.partners {
            let last = partner.times.iter().max().copied();
            let details = ExpectedDetails::User {
                email: None,
                login: None,
                account_type: "external",
                last_login: format_time(last),
            };
            let this = id("partner", partner.id);
            let name = format!("Partner {}", partner.id);
            self.expected
                .add_resource(ExpectedResource::referenced_resource(this, name, details));
        }
        self.expected.add_resource(ExpectedResource {
            attributes: self.figures(),
            ..ExpectedResource::listed_resource(
                report.clone(),
                Some(self.team_id()),
                "Analytics report".to_owned(),
            )
        });
        self.activities(&report);
        self.invitations(&report);
    }

    fn figures(&self) -> BTreeMap<&'static str, String> {
        let analytics = &self.whole_team().analytics;
        let members = analytics.seats - analytics.unused;
        let billed = self.whole_team().readable_workspaces().seats;
        sort_attributes([
            (
                "active_postman_users",
                Some((analytics.seats / 2).to_string()),
            ),
            ("guests", Some("0".to_owned())),
            ("partners", Some(analytics.partners.len().to_string())),
            ("seats_total", Some(analytics.seats.to_string())),
            ("seats_unbilled", billed.then(|| "0".to_owned())),
            ("seats_used", Some(members.to_string())),
            ("team_members", Some(members.to_string())),
            ("unused_licenses", Some(analytics.unused.to_string())),
        ])
    }

    fn activities(&mut self, report: &Id) {
        let team = self.whole_team();
        for member in &team.analytics.members {
            let Some(user) = team.users.iter().find(|user| user.id == member.user) else {
                continue;
            };
            let roles = user.roles.join(",");
            let details = ExpectedDetails::User {
                email: user.email.clone(),
                login: None,
                account_type: "unknown",
                last_login: format_time(member.active),
            };
            let name = format!("{} {}", user.given, user.family);
            self.expected.add_resource(ExpectedResource {
                status: "unknown",
                created_at: format_time(Some(member.added)),
                details,
                attributes: sort_attributes([
                    ("invite_type", Some("email".to_owned())),
                    ("invited_by", member.invited_by.clone()),
                    ("user_role", Some(roles).filter(|roles| !roles.is_empty())),
                ]),
                ..ExpectedResource::listed_resource(
                    id("activity", user.id),
                    Some(report.clone()),
                    name,
                )
            });
        }
        if team.analytics.strangers > 0 {
            let what = format!("activities of {}: an address of nobody", report.id);
            self.expected.omitted.insert(what);
        }
    }

    fn invitations(&mut self, report: &Id) {
        let shows_sender = self.service.options.quirks.invitation_senders;
        for one in &self.whole_team().analytics.invitations {
            let this = id("invitation", &one.id);
            let details = ExpectedDetails::User {
                email: Some(one.email.clone()),
                login: None,
                account_type: "unknown",
                last_login: None,
            };
            let sender = one.sender.clone().filter(|_| shows_sender);
            self.expected
                .has_grant(&self.team_id(), "invited", this.clone());
            self.expected.add_resource(ExpectedResource {
                status: "unknown",
                created_at: format_time(Some(one.created)),
                details,
                attributes: sort_attributes([("invited_by", sender)]),
                ..ExpectedResource::listed_resource(this, Some(report.clone()), one.email.clone())
            });
        }
    }
}
