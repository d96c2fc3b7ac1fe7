package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// MaxContracts is the most contracts a pipeline can have.
const MaxContracts = 1000

// Source is one contract file.
type Source struct {
	// Name is how messages call the file, such as "contracts/orders.yaml".
	Name string
	Text []byte
}

// Compile reads all contracts of a pipeline. Their order is that of their names, except that a
// contract without match comes last. The error is an *InvalidError with every fault there is, or an
// *event.Error where there is nothing to compile.
func Compile(sources []Source) (*Set, error) {
	if len(sources) == 0 {
		return nil, &event.Error{Code: "no_contracts", Message: "the pipeline has no contract",
			Hint: "add a file such as contracts/orders.yaml; docs/contracts.md describes it"}
	}
	if len(sources) > MaxContracts {
		return nil, &event.Error{Code: "too_many_contracts",
			Message: fmt.Sprintf("the pipeline has %d contracts, more than %d", len(sources), MaxContracts),
			Hint:    "split it into several pipelines"}
	}
	sources = slices.Clone(sources)
	slices.SortStableFunc(sources, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	faults := &faultList{}
	var definitions []definition
	for _, source := range sources {
		if d, ok := readDefinition(source, faults); ok {
			definitions = append(definitions, d)
		}
	}
	checkTogether(definitions, faults)
	slices.SortStableFunc(definitions, catchAllLast)
	contracts := make([]*contract, len(definitions))
	for i := range definitions {
		contracts[i] = compileContract(&definitions[i], faults)
	}
	if err := faults.err(); err != nil {
		return nil, err
	}
	return newSet(sources, definitions, contracts), nil
}

func catchAllLast(a, b definition) int {
	switch {
	case a.match.given() == b.match.given():
		return 0
	case a.match.given():
		return -1
	}
	return 1
}

// checkTogether finds what is wrong between contracts.
func checkTogether(definitions []definition, faults *faultList) {
	tables := map[string]string{}
	catchAll := ""
	for _, d := range definitions {
		if first, twice := tables[d.table.value]; twice && d.table.given() {
			faults.add(d.file, d.table.line, fmt.Sprintf("table %q belongs to %s already", d.table.value, first),
				"give each contract a table of its own, or join both in one contract with an || in its match")
		} else {
			tables[d.table.value] = d.file
		}
		if d.match.given() {
			continue
		}
		if catchAll != "" {
			faults.add(d.file, d.line, fmt.Sprintf("the contract has no match, and neither has %s", catchAll),
				"add a match such as: match: has(event.order_id); only one contract can take what is left over")
		}
		catchAll = d.file
	}
}
