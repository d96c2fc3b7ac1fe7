package verify

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/produce"
)

// MaxOrders is the most orders of one run: what one table of marks in memory and one order id each allow.
const MaxOrders = 1_000_000

// prefix begins the order_id of every marked order: "pens" in hexadecimal.
const prefix = "70656e73-"

// Ids of marked orders begin at firstID, where dummy orders, which count from 1, never come, and stay
// below 2^53, so that a browser shows them exactly. Each run has a block of its own, at random.
const (
	firstID = 8_000_000_000_000_000
	blocks  = 1_000_000_000
)

// Mark is what the orders of one run have in common, and nothing else has.
type Mark struct {
	block uint64
}

// NewMark makes the mark of a run, by chance: two runs are alike once in a billion.
func NewMark() Mark { return Mark{rand.Uint64N(blocks)} }

// String is the beginning of every order_id of the run: a version 8 UUID (RFC 9562) up to its last part.
func (m Mark) String() string {
	return fmt.Sprintf("%s%04x-8%03x-8%03x-", prefix, m.block>>24&0xffff, m.block>>12&0xfff, m.block&0xfff)
}

// OrderID is the order_id of the run's order with the given number, from 0.
func (m Mark) OrderID(number int) string { return fmt.Sprintf("%s%012x", m, number) }

// number is the order's number by its order_id.
func (m Mark) number(orderID string) (int, bool) {
	digits, ok := strings.CutPrefix(strings.ToLower(orderID), m.String())
	n, err := strconv.ParseUint(digits, 16, 32)
	return int(n), ok && err == nil && len(digits) == 12
}

// order is a dummy order that costs nothing, so that no sum of money changes by it.
type order struct {
	ID              uint64    `json:"id"`
	OrderID         string    `json:"order_id"`
	CustomerID      uint64    `json:"customer_id"`
	ProductName     string    `json:"product_name"`
	ProductQuantity int       `json:"product_quantity"`
	ProductPrice    int       `json:"product_price"`
	PhoneNumber     string    `json:"phone_number"`
	Address         string    `json:"address"`
	City            string    `json:"city"`
	Country         string    `json:"country"`
	OrderCost       int       `json:"order_cost"`
	OrderDate       time.Time `json:"order_date"`
	GenerateDate    time.Time `json:"generate_date"`
}

// Order is the event with the given number.
func (m Mark) Order(number int, now time.Time) []byte {
	id := firstID + m.block*MaxOrders + uint64(number)
	now = now.UTC().Truncate(time.Millisecond)
	data, _ := json.Marshal(order{ // it holds nothing that JSON does not
		ID: id, OrderID: m.OrderID(number), CustomerID: id,
		ProductName: "Penstock verification", ProductQuantity: 1,
		PhoneNumber: "+1 555 0100", Address: "1 Penstock Way", City: "Penstock", Country: "Penstock",
		OrderDate: now, GenerateDate: now,
	})
	return data
}

// orders is a produce.Source of a run's orders.
type orders struct {
	mark        Mark
	made, count int
}

func (o *orders) Next() (produce.Record, error) {
	if o.made == o.count {
		return produce.Record{}, io.EOF
	}
	o.made++
	number := o.made - 1
	return produce.Record{PartitionKey: partitionKey(number), Data: o.mark.Order(number, time.Now())}, nil
}

// keyPrefix and the order's number are its partition key: so orders go to every shard, and an answer tells
// which order it is about.
const keyPrefix = "verify-"

func partitionKey(number int) string { return keyPrefix + strconv.Itoa(number) }

func numberOf(partitionKey string) (int, bool) {
	digits, ok := strings.CutPrefix(partitionKey, keyPrefix)
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil
}
