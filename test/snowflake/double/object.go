package double

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// object is one object of the account; its name is dotted, without quotes.
type object struct {
	kind, name, owner string
	attributes        map[string]string
}

type grant struct{ privilege, kind, name, toKind, to string }

func (a *Account) put(kind, name, owner string, attributes map[string]string) {
	if attributes == nil {
		attributes = map[string]string{}
	}
	key := kind + " " + name
	if a.objects[key] == nil {
		a.order = append(slices.DeleteFunc(a.order, func(k string) bool { return k == key }), key)
	}
	a.objects[key] = &object{kind, name, owner, attributes}
}

func (a *Account) get(kind, name string) *object { return a.objects[kind+" "+name] }

// list finds objects of a kind below a parent, "" for all, in the order they were made.
func (a *Account) list(kind, parent string) []*object {
	var found []*object
	for _, key := range a.order {
		o := a.objects[key]
		if o != nil && o.kind == kind && (parent == "" || strings.HasPrefix(o.name, parent+".")) {
			found = append(found, o)
		}
	}
	return found
}

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func parent(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i]
	}
	return ""
}

var part = regexp.MustCompile(`^("(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_$]*)`)

// name reads a qualified name at the beginning of text, and returns it as stored and what follows.
func name(text string) (string, string) {
	var parts []string
	for {
		p := part.FindString(text)
		if p == "" {
			return strings.Join(parts, "."), text
		}
		text = text[len(p):]
		if p[0] == '"' {
			p = strings.ReplaceAll(p[1:len(p)-1], `""`, `"`)
		} else {
			p = strings.ToUpper(p)
		}
		parts = append(parts, p)
		if !strings.HasPrefix(text, ".") {
			return strings.Join(parts, "."), strings.TrimSpace(text)
		}
		text = text[1:]
	}
}

var text = regexp.MustCompile(`^'((?:[^'\\]|''|\\.)*)'`)

// literal is the value of OPTION = 'text' in a statement.
func literal(sql, option string) string {
	at := regexp.MustCompile(`\b` + option + `\s*=\s*\(?`).FindStringIndex(sql)
	if at == nil {
		return ""
	}
	m := text.FindStringSubmatch(sql[at[1]:])
	if m == nil {
		return ""
	}
	return unescape(m[1])
}

func unescape(s string) string {
	return strings.NewReplacer("''", "'", `\\`, `\`).Replace(s)
}

// literals are all values of OPTION = ('a', 'b').
func literals(sql, option string) []string {
	at := regexp.MustCompile(`\b` + option + `\s*=\s*\(`).FindStringIndex(sql)
	if at == nil {
		return nil
	}
	var all []string
	for _, m := range regexp.MustCompile(`'((?:[^'\\]|''|\\.)*)'`).FindAllStringSubmatch(sql[at[1]:at[1]+strings.IndexByte(sql[at[1]:], ')')], -1) {
		all = append(all, unescape(m[1]))
	}
	return all
}

// may says whether a role has a privilege on an object: as its owner, by a grant, or because it is ACCOUNTADMIN.
func (a *Account) may(role, privilege, kind, name string) bool {
	if o := a.get(kind, name); role == "ACCOUNTADMIN" || o != nil && o.owner == role {
		return true
	}
	return slices.ContainsFunc(a.grants, func(g grant) bool {
		return g.toKind == "ROLE" && g.to == role && g.privilege == privilege && g.kind == kind && g.name == name
	})
}

// plays says whether the user has a role.
func (a *Account) plays(role string) bool {
	return slices.ContainsFunc(a.grants, func(g grant) bool {
		return g.kind == "ROLE" && g.name == role && g.toKind == "USER" && g.to == a.User
	})
}

// mayCreate: only certain roles make objects of the account; in a schema a grant or ownership is needed, and USAGE all
// the way down.
func (a *Account) mayCreate(role, kind, name string) bool {
	switch kind {
	case "RESOURCE MONITOR", "INTEGRATION":
		return role == "ACCOUNTADMIN"
	case "ROLE":
		return role == "USERADMIN" || role == "SECURITYADMIN" || role == "ACCOUNTADMIN"
	case "WAREHOUSE", "DATABASE":
		return role == "SYSADMIN" || role == "ACCOUNTADMIN"
	case "SCHEMA":
		return a.may(role, "CREATE SCHEMA", "DATABASE", parent(name))
	}
	schema := parent(name)
	return a.sees(role, schema) && a.may(role, "CREATE "+kind, "SCHEMA", schema)
}

func (a *Account) sees(role, schema string) bool {
	return a.may(role, "USAGE", "DATABASE", parent(schema)) && a.may(role, "USAGE", "SCHEMA", schema)
}

func already(kind, n string) answer {
	return done(fmt.Sprintf("%s already exists, statement succeeded.", last(n)))
}
