//! Names that look real: people of several cultures, teams, products, collections.

/// A name as it is written, and as it stands in a login.
pub(super) type PersonName = (&'static str, &'static str);

/// Given names and family names of one language: a person has one of each.
pub(super) const PEOPLE: &[(&[PersonName], &[PersonName])] = &[
    (
        &[
            ("Taylor", "taylor"),
            ("Owen", "owen"),
            ("Ruth", "ruth"),
            ("Imani", "imani"),
            ("D'Andre", "dandre"),
            ("Siobhán", "siobhan"),
            ("Dafydd", "dafydd"),
            ("Bea", "bea"),
            ("Grace", "grace"),
            ("Marcus", "marcus"),
        ],
        &[
            ("Lee", "lee"),
            ("Walker", "walker"),
            ("O'Brien", "obrien"),
            ("Smith-Jones", "smith-jones"),
            ("Ó Súilleabháin", "osullivan"),
            ("Hughes", "hughes"),
            ("Cohen", "cohen"),
            ("Bennett", "bennett"),
        ],
    ),
    (
        &[
            ("Jürgen", "juergen"),
            ("Ingrid", "ingrid"),
            ("Søren", "soren"),
            ("Åsa", "asa"),
            ("Femke", "femke"),
            ("Lars", "lars"),
            ("Anke", "anke"),
        ],
        &[
            ("Müller", "mueller"),
            ("van der Berg", "van-der-berg"),
            ("Ødegård", "odegard"),
            ("Lindqvist", "lindqvist"),
            ("Håkansson", "hakansson"),
            ("Schneider", "schneider"),
        ],
    ),
    (
        &[
            ("Noémie", "noemie"),
            ("Zoë", "zoe"),
            ("Luc", "luc"),
            ("Chiara", "chiara"),
            ("Matteo", "matteo"),
        ],
        &[
            ("Dubois", "dubois"),
            ("Lefèvre", "lefevre"),
            ("Moreau", "moreau"),
            ("Rossi", "rossi"),
            ("Conti", "conti"),
        ],
    ),
    (
        &[
            ("José", "jose"),
            ("María", "maria"),
            ("Mateus", "mateus"),
            ("Ana Sofia", "ana-sofia"),
            ("Tomás", "tomas"),
            ("Lucía", "lucia"),
        ],
        &[
            ("García", "garcia"),
            ("Ferreira", "ferreira"),
            ("da Silva", "da-silva"),
            ("Hernández", "hernandez"),
            ("Souza", "souza"),
        ],
    ),
    (
        &[
            ("Łukasz", "lukasz"),
            ("Katarína", "katarina"),
            ("Petr", "petr"),
            ("Zofia", "zofia"),
        ],
        &[
            ("Nowak", "nowak"),
            ("Wójcik", "wojcik"),
            ("Mazur", "mazur"),
            ("Krejčí", "krejci"),
        ],
    ),
    (
        &[
            ("Юлия", "yulia"),
            ("Оксана", "oksana"),
            ("Дмитро", "dmytro"),
        ],
        &[("Шевченко", "shevchenko"), ("Бондаренко", "bondarenko")],
    ),
    (
        &[
            ("Elif", "elif"),
            ("Çağla", "cagla"),
            ("Yusuf", "yusuf"),
            ("Emre", "emre"),
        ],
        &[("Yılmaz", "yilmaz"), ("Demir", "demir"), ("Şahin", "sahin")],
    ),
    (
        &[("Nikos", "nikos"), ("Stelios", "stelios")],
        &[("Papadopoulos", "papadopoulos"), ("Vlachos", "vlachos")],
    ),
    (
        &[("Rashid", "rashid"), ("Layla", "layla"), ("Omar", "omar")],
        &[("Haddad", "haddad"), ("Mansour", "mansour"), ("Ali", "ali")],
    ),
    (
        &[("فاطمة", "fatima"), ("سلمى", "salma")],
        &[("حداد", "haddad"), ("الخطيب", "al-khatib")],
    ),
    (
        &[
            ("Priya", "priya"),
            ("Arjun", "arjun"),
            ("Devika", "devika"),
            ("Rohan", "rohan"),
            ("Nasreen", "nasreen"),
        ],
        &[
            ("Iyer", "iyer"),
            ("Sharma", "sharma"),
            ("Begum", "begum"),
            ("Nair", "nair"),
        ],
    ),
    (
        &[("志明", "chi-ming"), ("美玲", "mei-ling")],
        &[("陳", "chen"), ("林", "lin")],
    ),
    (
        &[("さくら", "sakura"), ("健太", "kenta")],
        &[("田中", "tanaka"), ("佐藤", "sato")],
    ),
    (
        &[("Hiroshi", "hiroshi"), ("Yui", "yui")],
        &[("Kobayashi", "kobayashi"), ("Sato", "sato")],
    ),
    (
        &[("Ji-woo", "jiwoo"), ("Min-jun", "minjun")],
        &[("Kim", "kim"), ("Park", "park")],
    ),
    (
        &[("Thị Mai", "thi-mai"), ("Minh Anh", "minh-anh")],
        &[("Nguyễn", "nguyen"), ("Trần", "tran")],
    ),
    (
        &[
            ("Amara", "amara"),
            ("Kwame", "kwame"),
            ("Ngozi", "ngozi"),
            ("Thandiwe", "thandiwe"),
        ],
        &[
            ("Okafor", "okafor"),
            ("Mensah", "mensah"),
            ("Mbeki", "mbeki"),
            ("Adeyemi", "adeyemi"),
        ],
    ),
    (
        &[("Malia", "malia"), ("Keanu", "keanu")],
        &[("Kaʻawa", "kaawa"), ("Kealoha", "kealoha")],
    ),
];

/// Companies, with the domain of their team at Postman.
pub(super) const COMPANIES: &[PersonName] = &[
    ("Northwind Freight", "northwind-freight"),
    ("Lumen & Oak", "lumen-oak"),
    ("Café Zürich", "cafe-zuerich"),
    ("Halcyon Insurance", "halcyon-insurance"),
    ("Meridian Rail", "meridian-rail"),
    ("Blue Heron Health", "blue-heron-health"),
];

/// The work areas of a team or product.
pub(super) const AREAS: &[&str] = &[
    "Payments",
    "Identity",
    "Checkout",
    "Ledger",
    "Search",
    "Catalog",
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

/// The purposes of a workspace.
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
    "Load Tests",
    "Public Docs",
];

/// The kinds of groups.
pub(super) const CREWS: &[&str] = &[
    "Engineers",
    "Reviewers",
    "On-Call",
    "Contractors",
    "Leads",
    "QA",
    "Support",
];

/// The contents of a collection.
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
