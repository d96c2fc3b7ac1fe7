package produce

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"time"
)

// orderCustomers is how many customers the dummy orders have, orderMaxPrice their dearest product
// in cents, orderMaxQuantity the most pieces of one order.
const (
	orderCustomers   = 5000
	orderMinPrice    = 150
	orderMaxPrice    = 24_999
	orderMaxQuantity = 9
	// orderLag is how long before it is generated an order may be dated, in milliseconds.
	orderLag = 60_000
)

// orderSize is a little more than a usual order's bytes.
const orderSize = 384

// seededStart is the time of order 0 under a given seed; each further order is a second later.
var seededStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// OrdersConfig says which dummy orders to make.
type OrdersConfig struct {
	// First is the id of the first order, at least 1.
	First int64
	// Count is how many orders to make; 0 makes none.
	Count int64
	// Bad is how many of them no contract of the orders example accepts, spread evenly and taken
	// in turn from BadOrders. Between 0 and Count; default 0.
	Bad int64
	// Seed makes the orders repeatable: the same seed and id give the same bytes, dates included.
	// Default 0: random orders, dated now.
	Seed uint64
}

// Validate reports every fault of c.
func (c OrdersConfig) Validate() error {
	var faults []error
	if c.First < 1 {
		faults = append(faults, fmt.Errorf("the first id is %d; ids start at 1", c.First))
	}
	if c.Count < 0 {
		faults = append(faults, fmt.Errorf("cannot make %d orders", c.Count))
	}
	if c.Bad < 0 || c.Bad > c.Count {
		faults = append(faults, fmt.Errorf("%d of %d orders cannot be bad", c.Bad, c.Count))
	}
	return errors.Join(faults...)
}

// Orders is a Source of dummy orders of an imaginary shop. The partition key is the customer.
type Orders struct {
	cfg  OrdersConfig
	made int64
	gen  orderGenerator
}

// NewOrders returns the source of the orders cfg describes.
func NewOrders(cfg OrdersConfig) (*Orders, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Orders{cfg: cfg, gen: newOrderGenerator(cfg.Seed)}, nil
}

// Next returns the next order, or io.EOF after the last.
func (o *Orders) Next() (Record, error) {
	if o.made == o.cfg.Count {
		return Record{}, io.EOF
	}
	i := o.made
	o.made++
	data, customer := o.gen.append(make([]byte, 0, orderSize), o.cfg.First+i)
	if nth, bad := o.bad(i); bad {
		data = badOrders[nth%int64(len(badOrders))].spoil(data)
	}
	return Record{PartitionKey: strconv.FormatUint(customer, 10), Data: data}, nil
}

// Made is how many orders Next has returned.
func (o *Orders) Made() int64 { return o.made }

// bad says whether order i of the run, counted from 0, is a bad one, and the how-manieth.
func (o *Orders) bad(i int64) (nth int64, bad bool) {
	if o.cfg.Bad == 0 {
		return 0, false
	}
	before := share(i, o.cfg.Bad, o.cfg.Count)
	return before, share(i+1, o.cfg.Bad, o.cfg.Count) > before
}

// share is part*i/whole, rounded down, for 0 <= part, i <= whole and whatever their product.
func share(i, part, whole int64) int64 {
	high, low := bits.Mul64(uint64(i), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(whole))
	return int64(quotient)
}

// orderGenerator writes orders. It belongs to one goroutine.
type orderGenerator struct {
	seed   uint64
	seeded bool
	random rand.PCG
	// nowMillis and nowText are the generate_date written last.
	nowMillis int64
	nowText   []byte
}

func newOrderGenerator(seed uint64) orderGenerator {
	g := orderGenerator{seed: seed, seeded: seed != 0}
	if !g.seeded {
		g.seed = rand.Uint64()
	}
	return g
}

// append appends the order with the given id to dst and returns its customer.
func (g *orderGenerator) append(dst []byte, id int64) (order []byte, customer uint64) {
	g.random.Seed(g.seed, uint64(id))
	high, low, draw := g.random.Uint64(), g.random.Uint64(), g.random.Uint64()
	// The smaller of two draws: some customers order more often than others.
	customer = 1 + min(draw&0xffff, draw>>16&0xffff)*orderCustomers>>16
	quantity := 1 + draw>>32&0xff*orderMaxQuantity>>8
	product := draw >> 40
	lag := low % orderLag

	dst = append(dst, `{"id":`...)
	dst = strconv.AppendInt(dst, id, 10)
	dst = append(dst, `,"order_id":"`...)
	dst = appendUUID(dst, high, low)
	dst = append(dst, `","customer_id":`...)
	dst = strconv.AppendUint(dst, customer, 10)
	dst = append(dst, `,"product_name":"`...)
	dst, cents := g.appendProduct(dst, product)
	dst = append(dst, `","product_quantity":`...)
	dst = strconv.AppendUint(dst, quantity, 10)
	dst = append(dst, `,"product_price":`...)
	dst = appendCents(dst, cents)
	dst = g.appendCustomer(dst, customer)
	dst = append(dst, `,"order_cost":`...)
	dst = appendCents(dst, cents*quantity)
	dst = append(dst, `,"order_date":"`...)
	now := g.millis(id)
	dst = appendMillis(dst, now-int64(lag))
	dst = append(dst, `","generate_date":"`...)
	if now != g.nowMillis || g.nowText == nil {
		g.nowMillis, g.nowText = now, appendMillis(g.nowText[:0], now)
	}
	dst = append(dst, g.nowText...)
	return append(dst, `"}`...), customer
}

// millis is when the order is generated, in milliseconds since 1970.
func (g *orderGenerator) millis(id int64) int64 {
	if g.seeded {
		return seededStart.UnixMilli() + id*1000
	}
	return time.Now().UnixMilli()
}

// appendProduct appends the name of the product that draw picks and returns its price in cents.
func (g *orderGenerator) appendProduct(dst []byte, draw uint64) ([]byte, uint64) {
	colours, uses, things := uint64(len(productColours)), uint64(len(productUses)), uint64(len(productThings))
	product := draw % (colours * uses * things)
	dst = append(dst, productColours[product%colours]...)
	dst = append(dst, ' ')
	dst = append(dst, productUses[product/colours%uses]...)
	dst = append(dst, ' ')
	dst = append(dst, productThings[product/colours/uses]...)
	return dst, orderMinPrice + scatter(product)%(orderMaxPrice-orderMinPrice+1)
}

// appendCustomer appends the fields that are the same in every order of the customer.
func (g *orderGenerator) appendCustomer(dst []byte, customer uint64) []byte {
	draw := scatter(customer)
	home := places[draw%uint64(len(places))]
	dst = append(dst, `,"phone_number":"`...)
	dst = append(dst, home.code...)
	dst = append(dst, " 555 "...)
	dst = strconv.AppendUint(dst, 100_000+draw>>8%900_000, 10)
	dst = append(dst, `","address":"`...)
	dst = strconv.AppendUint(dst, 1+draw>>32%180, 10)
	dst = append(dst, ' ')
	dst = append(dst, streetNames[draw>>40%uint64(len(streetNames))]...)
	dst = append(dst, ' ')
	dst = append(dst, streetKinds[draw>>48%uint64(len(streetKinds))]...)
	dst = append(dst, `","city":"`...)
	dst = append(dst, home.city...)
	dst = append(dst, `","country":"`...)
	dst = append(dst, home.country...)
	return append(dst, '"')
}

// scatter spreads neighbouring numbers over all 64 bits, always in the same way (the finalizer of
// SplitMix64).
func scatter(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
