package monitor

import (
	"maps"
	"slices"
)

// contractLedgers makes the ledger of every contract. Each figure has a source of its own, as in the
// whole ledger: accepted and in flight come from the commits, the others from the warehouse.
//
// An event is a contract's from the commit that classified it. A redrive may make it another
// contract's: it is then that one's from the load on that took it out of the quarantine, and the
// warehouse says how many have moved.
func contractLedgers(accepted int64, c Classified, w WarehouseCount) (contracts []ContractLedger, rest ContractLedger) {
	names := map[string]bool{}
	for _, m := range []map[string]int64{c.Committed, w.Tables, w.QuarantinedBy, w.DroppedBy, w.Moved} {
		for name := range m {
			names[name] = true
		}
	}
	delete(names, Unclassified)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		contracts = append(contracts, contractLedger(name, 0, c, w))
	}
	waiting := accepted
	for _, n := range c.Committed {
		waiting -= n
	}
	return contracts, contractLedger(Unclassified, waiting, c, w)
}

// contractLedger is the ledger of one contract; waiting are events of it that are in no commit.
func contractLedger(name string, waiting int64, c Classified, w WarehouseCount) ContractLedger {
	l := ContractLedger{Contract: name, Ledger: Ledger{
		Accepted:    waiting + c.Committed[name] + w.Moved[name],
		Loaded:      w.Tables[name],
		Quarantined: w.QuarantinedBy[name],
		Dropped:     w.DroppedBy[name],
		InFlight:    waiting + c.Committed[name] - c.Loaded[name],
	}}
	l.Balanced = l.Imbalance() == 0 && l.InFlight >= 0
	return l
}

// unbalanced names the contracts whose ledger does not add up.
func unbalanced(contracts []ContractLedger, rest ContractLedger) []string {
	var names []string
	for _, c := range contracts {
		if !c.Balanced {
			names = append(names, c.Contract)
		}
	}
	if !rest.Balanced {
		names = append(names, "events without a contract")
	}
	return names
}
