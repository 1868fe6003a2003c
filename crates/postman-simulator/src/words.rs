//! Names that look real: people of several cultures, teams, products, collections.

/// A name as it is written, and as it stands in a login.
pub(super) type Name = (&'static str, &'static str);

/// Given names.
pub(super) const GIVEN: &[Name] = &[
    ("Taylor", "taylor"),
    ("Amara", "amara"),
    ("Zoë", "zoe"),
    ("Łukasz", "lukasz"),
    ("Siobhán", "siobhan"),
    ("Mateus", "mateus"),
    ("Ingrid", "ingrid"),
    ("Yusuf", "yusuf"),
    ("Priya", "priya"),
    ("Jürgen", "juergen"),
    ("Noémie", "noemie"),
    ("Hiroshi", "hiroshi"),
    ("さくら", "sakura"),
    ("Юлия", "yulia"),
    ("Oksana", "oksana"),
    ("Thị Mai", "thi-mai"),
    ("Kwame", "kwame"),
    ("Ngozi", "ngozi"),
    ("Søren", "soren"),
    ("Åsa", "asa"),
    ("Elif", "elif"),
    ("Çağla", "cagla"),
    ("Dafydd", "dafydd"),
    ("Bea", "bea"),
    ("José", "jose"),
    ("María", "maria"),
    ("Ana Sofia", "ana-sofia"),
    ("Rashid", "rashid"),
    ("فاطمة", "fatima"),
    ("Ming", "ming"),
    ("志明", "chi-ming"),
    ("Ji-woo", "jiwoo"),
    ("Arjun", "arjun"),
    ("Devika", "devika"),
    ("Tomás", "tomas"),
    ("Katarína", "katarina"),
    ("Petr", "petr"),
    ("Eleni", "eleni"),
    ("Nikos", "nikos"),
    ("Malia", "malia"),
    ("D'Andre", "dandre"),
    ("Imani", "imani"),
    ("Ruth", "ruth"),
    ("Owen", "owen"),
];

/// Family names.
pub(super) const FAMILY: &[Name] = &[
    ("Lee", "lee"),
    ("Okafor", "okafor"),
    ("Müller", "mueller"),
    ("Nguyễn", "nguyen"),
    ("García", "garcia"),
    ("O'Brien", "obrien"),
    ("Kowalski", "kowalski"),
    ("Šimková", "simkova"),
    ("Ødegård", "odegard"),
    ("Yılmaz", "yilmaz"),
    ("Iyer", "iyer"),
    ("Sharma", "sharma"),
    ("Tanaka", "tanaka"),
    ("陳", "chen"),
    ("김", "kim"),
    ("Петрова", "petrova"),
    ("Shevchenko", "shevchenko"),
    ("da Silva", "da-silva"),
    ("van der Berg", "van-der-berg"),
    ("Mensah", "mensah"),
    ("Haddad", "haddad"),
    ("Papadopoulos", "papadopoulos"),
    ("Lindqvist", "lindqvist"),
    ("Dubois", "dubois"),
    ("Rossi", "rossi"),
    ("Kaʻawa", "kaawa"),
    ("Smith-Jones", "smith-jones"),
    ("Ferreira", "ferreira"),
    ("Novák", "novak"),
    ("Ali", "ali"),
    ("Cohen", "cohen"),
    ("Walker", "walker"),
    ("Begum", "begum"),
    ("Håkansson", "hakansson"),
    ("Ó Súilleabháin", "osullivan"),
    ("Mbeki", "mbeki"),
];

/// Companies, with the domain of their team at Postman.
pub(super) const COMPANIES: &[Name] = &[
    ("Northwind Freight", "northwind-freight"),
    ("Lumen & Oak", "lumen-oak"),
    ("Café Zürich", "cafe-zuerich"),
    ("Halcyon Insurance", "halcyon-insurance"),
    ("Meridian Rail", "meridian-rail"),
    ("Blue Heron Health", "blue-heron-health"),
];

/// Where their addresses are.
pub(super) const DOMAINS: &[&str] = &["example.com", "example.org", "mail.example.com"];

/// What a team or product works on.
pub(super) const AREAS: &[&str] = &[
    "Payments",
    "Identity",
    "Checkout",
    "Ledger",
    "Search",
    "Catalogue",
    "Shipping",
    "Claims",
    "Onboarding",
    "Fraud",
    "Pricing",
    "Messaging",
    "Loyalty",
    "Telemetry",
    "Réservations",
    "Inventory",
    "Tax",
    "Settlement",
    "Partner Portal",
    "Data Platform",
];

/// What a workspace is for.
pub(super) const PURPOSES: &[&str] = &[
    "API",
    "Core",
    "Sandbox",
    "Contract Tests",
    "Mobile",
    "Internal Tools",
    "Migration",
    "v2",
    "Integrations",
    "Monitoring",
    "Überblick",
    "Load Tests",
    "Public Docs",
];

/// What a group is.
pub(super) const CREWS: &[&str] = &[
    "Engineers",
    "Reviewers",
    "On-Call",
    "Contractors",
    "Leads",
    "QA",
    "Platform Crew",
    "Équipe",
];

/// What a collection holds.
pub(super) const COLLECTIONS: &[&str] = &[
    "REST API",
    "Smoke Tests",
    "Webhooks",
    "OAuth Flows",
    "Regression",
    "Examples",
    "Admin Endpoints",
    "Batch Jobs",
];
