//! The requests for analytics.

/// A metric of the team's analytics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Seats and who fills them, by date.
    Licenses,
    /// Members, with their last activity and who invited them.
    Members,
    /// Partners by what they did, with the time.
    Partners,
    /// Invitations that nobody has accepted.
    Invitations,
}

impl Metric {
    /// Returns the query that asks for it, with the filters that Postman requires.
    pub fn query(self) -> &'static str {
        match self {
            Self::Licenses => {
                "resource=team&metrics=license_consumption&view=summary\
                 &workspaceType=internal%2Cpublic%2Cpartner&duration=last_6_months"
            }
            Self::Members => "resource=team&metrics=members&view=detailed",
            Self::Partners => {
                "resource=team&metrics=partner_engagement_funnel&view=detailed&duration=last_180_days"
            }
            Self::Invitations => "resource=workspace&metrics=pending_invites&view=detailed",
        }
    }
}
