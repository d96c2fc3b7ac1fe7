package produce

// The word lists of dummy orders. A product's price and a customer's address follow from their
// numbers, so the same product costs the same in every order.

var productColours = []string{
	"Amber", "Ash", "Birch", "Black", "Blue", "Brass", "Cedar", "Clay", "Copper", "Cream",
	"Green", "Grey", "Indigo", "Ivory", "Linen", "Maple", "Oak", "Olive", "Pine", "Red",
	"Sand", "Slate", "Steel", "Walnut", "White", "Yellow",
}

var productUses = []string{
	"Camping", "Children's", "Desk", "Everyday", "Folding", "Garden", "Kitchen", "Large",
	"Reading", "Round", "Small", "Stacking", "Tall", "Travel", "Wall", "Winter",
}

var productThings = []string{
	"Basket", "Blanket", "Bottle", "Bowl", "Candle", "Chair", "Clock", "Cup", "Cushion", "Jug",
	"Kettle", "Lamp", "Mirror", "Mug", "Notebook", "Plate", "Rug", "Scarf", "Shelf", "Stool",
	"Table", "Tray", "Umbrella", "Vase",
}

var streetNames = []string{
	"Abbey", "Bridge", "Canal", "Castle", "Chapel", "Church", "Cooper", "Dock", "Elm", "Ferry",
	"Garden", "Harbour", "High", "Hill", "King", "Lime", "Market", "Meadow", "Mill", "North",
	"Orchard", "Park", "Queen", "River", "School", "South", "Spring", "Station", "Temple",
	"Victoria", "Water", "Willow",
}

var streetKinds = []string{"Avenue", "Lane", "Road", "Row", "Street", "Way"}

// place is a city with its country and that country's calling code.
type place struct{ city, country, code string }

var places = []place{
	{"London", "United Kingdom", "+44"}, {"Leeds", "United Kingdom", "+44"},
	{"Bristol", "United Kingdom", "+44"}, {"Glasgow", "United Kingdom", "+44"},
	{"Berlin", "Germany", "+49"}, {"Köln", "Germany", "+49"}, {"Leipzig", "Germany", "+49"},
	{"Paris", "France", "+33"}, {"Lyon", "France", "+33"}, {"Nantes", "France", "+33"},
	{"Madrid", "Spain", "+34"}, {"Málaga", "Spain", "+34"},
	{"Lisboa", "Portugal", "+351"}, {"Porto", "Portugal", "+351"},
	{"Dublin", "Ireland", "+353"}, {"Cork", "Ireland", "+353"},
	{"Amsterdam", "Netherlands", "+31"}, {"Utrecht", "Netherlands", "+31"},
	{"Zürich", "Switzerland", "+41"}, {"Genève", "Switzerland", "+41"},
	{"Wien", "Austria", "+43"}, {"Graz", "Austria", "+43"},
	{"København", "Denmark", "+45"}, {"Århus", "Denmark", "+45"},
	{"Stockholm", "Sweden", "+46"}, {"Göteborg", "Sweden", "+46"},
	{"Oslo", "Norway", "+47"}, {"Tromsø", "Norway", "+47"},
	{"Warszawa", "Poland", "+48"}, {"Kraków", "Poland", "+48"},
	{"Praha", "Czechia", "+420"}, {"Torino", "Italy", "+39"},
}
