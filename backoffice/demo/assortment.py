"""What Harbor & Pine sells: ten groups of six families in five variants each, and who makes them. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """
    One design in several variants.

    ``weekly`` units are those of all variants and warehouses together, in an ordinary week; ``basket`` the units
    a customer takes at once, on average.
    """

    code: str
    name: str
    price: str
    weekly: float
    basket: float


@dataclass(frozen=True, slots=True)
class Group:
    """
    Families that sell and are bought alike.

    ``season`` is demand by month, January first, 1 in an ordinary month; ``makers`` the suppliers, the usual one first.
    """

    name: str
    variants: tuple[tuple[str, str], ...]
    season: tuple[float, ...]
    makers: tuple[str, ...]
    families: tuple[Family, ...]


@dataclass(frozen=True, slots=True)
class Maker:
    """
    A supplier and its habits.

    ``days`` is the lead time it quotes, ``late`` what it really takes as a multiple of that, and ``spread`` the
    coefficient of variation; ``cost`` is its price as a share of ours.
    """

    code: str
    name: str
    days: int
    late: float
    spread: float
    cost: float
    order_cost: int
    freight: int
    pack: int


WINTER = (1.25, 1.0, 0.9, 0.8, 0.75, 0.7, 0.7, 0.8, 1.0, 1.2, 1.45, 1.5)
SUMMER = (0.45, 0.6, 0.95, 1.4, 1.75, 1.8, 1.6, 1.2, 0.8, 0.55, 0.45, 0.4)
GIFTS = (0.8, 0.9, 0.9, 0.95, 1.0, 0.95, 0.85, 0.9, 0.95, 1.0, 1.35, 1.6)
MOVING = (0.85, 0.85, 0.95, 1.0, 1.1, 1.15, 1.15, 1.25, 1.15, 0.95, 0.85, 0.75)
STEADY = (1.0,) * 12

METAL = (("BRS", "brass"), ("BLK", "black"), ("NKL", "nickel"), ("CPR", "copper"), ("WHT", "white"))
GLAZE = (("FOG", "fog"), ("SEA", "sea green"), ("OAT", "oat"), ("INK", "ink blue"), ("RST", "rust"))
WOOL = (("OAT", "oat"), ("PNE", "pine"), ("NVY", "navy"), ("MST", "mustard"), ("ROS", "rose"))
WOOD = (("OAK", "oak"), ("WAL", "walnut"), ("ASH", "ash"), ("BLK", "black"), ("WHT", "white"))
SCENT = (("CDR", "cedar"), ("SLT", "sea salt"), ("FIG", "fig"), ("SMK", "smoke"), ("LMN", "lemon"))
PAPER = (("KFT", "kraft"), ("NVY", "navy"), ("PNE", "pine"), ("CLY", "clay"), ("SND", "sand"))

GROUPS = (
    Group(
        "Lighting", METAL, WINTER, ("NORDLYS", "BRIGHT"),
        (
            Family("LMP-HAR", "Harbor table lamp", "89.00", 6.5, 1.2),
            Family("LMP-PIE", "Pier floor lamp", "179.00", 2.75, 1.1),
            Family("LMP-GUL", "Gull pendant", "129.00", 3.5, 1.4),
            Family("LMP-BUO", "Buoy wall light", "74.00", 3, 1.9),
            Family("LMP-KEE", "Keeper desk lamp", "64.00", 5.5, 1.2),
            Family("LMP-LAN", "Lantern, rechargeable", "49.00", 7.5, 1.5),
        ),
    ),
    Group(
        "Kitchen & dining", GLAZE, GIFTS, ("KILN", "SAKURA"),
        (
            Family("MUG-RDG", "Ridge mug", "18.00", 23.75, 3.1),
            Family("BWL-RDG", "Ridge bowl", "22.00", 14.5, 3.0),
            Family("PLT-RDG", "Ridge dinner plate", "26.00", 13.5, 3.8),
            Family("PIT-COV", "Cove pitcher", "48.00", 3.5, 1.1),
            Family("TEA-COV", "Cove teapot", "62.00", 3, 1.1),
            Family("SRV-TID", "Tide serving platter", "56.00", 2.5, 1.2),
        ),
    ),
    Group(
        "Textiles", WOOL, WINTER, ("LOOM", "ANATOL"),
        (
            Family("THR-DOR", "Dory wool throw", "98.00", 6, 1.2),
            Family("CSH-DOR", "Dory cushion", "42.00", 8.25, 2.1),
            Family("RUG-SHO", "Shoal runner", "139.00", 2.25, 1.1),
            Family("TOW-SHO", "Shoal kitchen towel, pair", "24.00", 10, 2.0),
            Family("BLK-NOR", "Northeaster blanket", "149.00", 3, 1.1),
            Family("SLP-FEL", "Felt slippers", "38.00", 6.5, 1.3),
        ),
    ),
    Group(
        "Furniture", WOOD, MOVING, ("TIMBER", "BALTIC"),
        (
            Family("CHR-SPI", "Spindle chair", "219.00", 3.25, 2.2),
            Family("STL-MIL", "Milking stool", "95.00", 3.5, 1.4),
            Family("TBL-SID", "Side table", "189.00", 2, 1.1),
            Family("BNC-ENT", "Entry bench", "279.00", 1.25, 1.0),
            Family("SHF-LED", "Ledge shelf", "79.00", 4.5, 1.8),
            Family("NGT-STD", "Nightstand", "249.00", 1.5, 1.7),
        ),
    ),
    Group(
        "Storage", WOOD, MOVING, ("BALTIC", "TIMBER"),
        (
            Family("BOX-CRT", "Stacking crate", "34.00", 7.5, 2.4),
            Family("HOK-PEG", "Peg rail, five hooks", "45.00", 5, 1.3),
            Family("RCK-SHO", "Shoe rack", "119.00", 2, 1.0),
            Family("RCK-WIN", "Wine rack", "88.00", 1.5, 1.0),
            Family("TRY-DRW", "Drawer tray", "26.00", 6, 2.2),
            Family("BIN-UMB", "Umbrella stand", "72.00", 1.5, 1.0),
        ),
    ),
    Group(
        "Decor", GLAZE, GIFTS, ("GLASS", "KILN"),
        (
            Family("VAS-BUD", "Bud vase", "19.00", 9, 1.8),
            Family("VAS-TAL", "Tall vase", "58.00", 3.25, 1.1),
            Family("MIR-PRT", "Porthole mirror", "135.00", 2, 1.0),
            Family("FRM-GAL", "Gallery frame", "32.00", 6, 2.3),
            Family("CLK-SHP", "Ship's clock", "112.00", 1.5, 1.0),
            Family("BKE-ANC", "Bookends, pair", "54.00", 2.25, 1.1),
        ),
    ),
    Group(
        "Outdoor", METAL, SUMMER, ("FERN", "BALTIC"),
        (
            Family("PLN-TER", "Terrace planter", "46.00", 5.5, 2.0),
            Family("CAN-WAT", "Watering can", "39.00", 4, 1.1),
            Family("LNT-STM", "Storm lantern", "52.00", 4.5, 1.8),
            Family("FRP-BWL", "Fire bowl", "199.00", 1.25, 1.0),
            Family("BRD-FDR", "Bird feeder", "34.00", 3.75, 1.2),
            Family("HOO-PLT", "Plant hook", "14.00", 7, 2.9),
        ),
    ),
    Group(
        "Bath", WOOL, STEADY, ("LOOM", "PAPER"),
        (
            Family("TWL-BTH", "Bath towel", "36.00", 11.5, 2.6),
            Family("TWL-HND", "Hand towel", "19.00", 11, 2.9),
            Family("MAT-BTH", "Bath mat", "48.00", 4, 1.2),
            Family("ROB-WAF", "Waffle robe", "89.00", 2.75, 1.2),
            Family("CUR-SHW", "Shower curtain", "64.00", 2.25, 1.0),
            Family("BSK-LAU", "Laundry basket", "58.00", 2.75, 1.1),
        ),
    ),
    Group(
        "Candles & scent", SCENT, GIFTS, ("WICK",),
        (
            Family("CND-TIN", "Travel tin candle", "16.00", 15.5, 2.2),
            Family("CND-JAR", "Jar candle", "34.00", 13, 1.5),
            Family("CND-TPR", "Taper candles, six", "24.00", 8.5, 1.6),
            Family("DIF-REE", "Reed diffuser", "42.00", 5, 1.1),
            Family("SOP-BAR", "Soap bar", "9.00", 17.5, 3.2),
            Family("ROM-SPR", "Room spray", "28.00", 4.5, 1.2),
        ),
    ),
    Group(
        "Desk & paper", PAPER, STEADY, ("PAPER", "WICK"),
        (
            Family("NTB-LOG", "Logbook", "22.00", 10, 1.7),
            Family("CRD-SET", "Card set, twelve", "18.00", 8.5, 1.6),
            Family("WRP-ROL", "Wrapping paper roll", "8.00", 12, 3.0),
            Family("CAL-YEA", "Wall calendar", "26.00", 3.75, 1.2),
            Family("PEN-CUP", "Pen cup", "24.00", 4, 1.1),
            Family("ALB-PHO", "Photo album", "49.00", 2.25, 1.1),
        ),
    ),
)  # fmt: skip

MAKERS = (
    Maker("NORDLYS", "Nordlys Belysning", 28, 1.05, 0.14, 0.42, 40, 120, 4),
    Maker("BRIGHT", "Brightwell Lamp Works", 12, 1.0, 0.10, 0.51, 25, 45, 2),
    Maker("KILN", "Old Mill Kiln", 21, 1.16, 0.24, 0.40, 20, 60, 6),
    Maker("SAKURA", "Sakura Stoneware", 45, 1.12, 0.18, 0.33, 60, 180, 12),
    Maker("LOOM", "Tidewater Loom", 18, 1.02, 0.12, 0.44, 20, 40, 4),
    Maker("ANATOL", "Anatolia Weavers", 35, 1.22, 0.30, 0.34, 45, 140, 10),
    Maker("TIMBER", "Cedar & Joint", 30, 1.12, 0.20, 0.48, 35, 90, 1),
    Maker("BALTIC", "Baltic Flatpack", 25, 1.06, 0.15, 0.41, 40, 150, 2),
    Maker("GLASS", "Port Clyde Glass", 16, 1.04, 0.16, 0.43, 25, 55, 4),
    Maker("WICK", "Wick & Ember", 10, 1.0, 0.10, 0.38, 15, 25, 6),
    Maker("FERN", "Fernhollow Garden", 20, 1.18, 0.26, 0.41, 25, 70, 2),
    Maker("PAPER", "Quill Street Paper", 9, 1.02, 0.10, 0.36, 15, 20, 6),
)

PLACES = {
    "PWM": ("ME", "Harbor & Pine\n40 Commercial St, Dock 3\nPortland, ME 04101"),
    "CMH": ("OH", "Harbor & Pine\n2150 Groveport Rd\nColumbus, OH 43207"),
    "RNO": ("NV", "Harbor & Pine\n900 Mill St, Gate B\nReno, NV 89502"),
}
"""The state whose public holidays each warehouse keeps, and where suppliers deliver to."""
WAREHOUSES = (("PWM", "Portland, Maine", 0.5), ("CMH", "Columbus, Ohio", 0.2), ("RNO", "Reno, Nevada", 0.3))
"""Code, name, share of demand; asked in this order."""

FIRST_NAMES = (
    "Ada", "Amara", "Anders", "Beatriz", "Bruno", "Carmen", "Cedric", "Clara", "Daniel", "Dara", "Elena", "Elias",
    "Emeka", "Fiona", "Frances", "Gabriel", "Grace", "Hana", "Hector", "Ines", "Ivy", "Jamal", "Joan", "Jonas",
    "June", "Kai", "Keiko", "Lars", "Leila", "Lena", "Liam", "Lucia", "Mae", "Malik", "Marta", "Mei", "Milo", "Nadia",
    "Nils", "Noor", "Odile", "Omar", "Oscar", "Paula", "Priya", "Quentin", "Ravi", "Rosa", "Ruth", "Samuel", "Selma",
    "Simon", "Sofia", "Tara", "Theo", "Tomas", "Una", "Vera", "Wren", "Yusuf",
)  # fmt: skip

LAST_NAMES = (
    "Abbott", "Achebe", "Baptiste", "Barlow", "Becker", "Bianchi", "Boone", "Calloway", "Castillo", "Chen", "Cho",
    "Dahl", "Delgado", "Dunne", "Eriksen", "Farrell", "Fontaine", "Gallo", "Haddad", "Hale", "Hansen", "Ibarra",
    "Ito", "Jansen", "Kaplan", "Keane", "Kim", "Kowalski", "Lindqvist", "Lowell", "Marsh", "Mbeki", "Mercer",
    "Moreau", "Nakamura", "Novak", "Okafor", "Ortiz", "Pereira", "Pike", "Quist", "Rahman", "Reyes", "Rossi", "Sato",
    "Shah", "Sorensen", "Tanaka", "Thorne", "Underhill", "Vance", "Vidal", "Walsh", "Weiss", "Whitlock", "Yates",
    "Zeller",
)  # fmt: skip

TRADE = (
    "The Gull Hotel", "Larkspur Café", "Breakwater Inn", "Common Table", "Foxglove Florist", "Saltbox Interiors",
    "Millrace Bakery", "Juniper & Co.", "Blue Door Books", "Ferry Street Supply",
    "Cobble Hill Studio", "Halfmoon Tea Room",
)  # fmt: skip

CARRIERS = ("UPS", "FedEx", "USPS")
