package infer

import (
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/document"
)

// together makes one group of files that no field tells apart: a day's file and the next one's, or a file for each
// shop. Their events carry nothing that says to which table they belong.
func together(groups []*group) []*group {
	var list []*group
	names := map[*group][]string{}
	for _, g := range groups {
		like := slices.IndexFunc(list, func(o *group) bool { return o.alike(g) })
		if like < 0 {
			list = append(list, g)
			names[g] = []string{g.label}
			continue
		}
		list[like].take(g)
		names[list[like]] = append(names[list[like]], g.label)
	}
	for _, g := range list {
		if len(names[g]) > 1 {
			g.label = common(names[g])
		}
	}
	return list
}

// alike says that two files' events cannot be told apart: each has all that every event of the other has.
func (g *group) alike(o *group) bool {
	return g.by == "" && o.by == "" && g.csv == o.csv && g.holds(o) && o.holds(g)
}

// holds says that the group has seen each top-level field that all events of the other have.
func (g *group) holds(o *group) bool {
	return !slices.ContainsFunc(o.root.members, func(m *node) bool {
		return m.values.seen == o.root.objects && g.root.index[m.name] == nil
	})
}

// take adds another group's events.
func (g *group) take(o *group) {
	var parser document.Parser
	for _, e := range o.events {
		if root, err := parser.Parse(e.Data); err == nil { // it was parsed before
			g.root.look(root, 0)
		}
	}
	g.events = append(g.events, o.events...)
}

// common is what several labels have in common, in whole words: how they begin, or how they end.
func common(labels []string) string {
	first := strings.Split(labels[0], "_")
	begin, end := len(first), len(first)
	for _, label := range labels[1:] {
		words := strings.Split(label, "_")
		begin = min(begin, same(first, words))
		reversed, other := slices.Clone(first), words
		slices.Reverse(reversed)
		slices.Reverse(other)
		end = min(end, same(reversed, other))
	}
	switch {
	case begin == 0 && end == 0:
		return "events"
	case begin >= end:
		return strings.Join(first[:begin], "_")
	}
	return strings.Join(first[len(first)-end:], "_")
}

// same is how many words two lists begin with in common.
func same(one, other []string) int {
	n := 0
	for n < len(one) && n < len(other) && one[n] == other[n] {
		n++
	}
	return n
}
