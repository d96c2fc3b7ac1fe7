package double

func (a *Account) grantRole(s *session, m []string) answer {
	role, _ := name(m[1])
	to, _ := name(m[3])
	o := a.get("ROLE", role)
	if o == nil {
		return missing("Role '" + role + "'")
	}
	if o.owner != s.role && s.role != "SECURITYADMIN" && s.role != "ACCOUNTADMIN" {
		return denied(s.role, m[0])
	}
	if m[2] == "ROLE" && a.get("ROLE", to) == nil || m[2] == "USER" && to != a.User {
		return missing(m[2] + " '" + to + "'")
	}
	a.grant(grant{"USAGE", "ROLE", role, m[2], to})
	return done("Statement executed successfully.")
}

func (a *Account) grantPrivilege(s *session, m []string) answer {
	kind := kindOf(m[2])
	n, _ := name(m[3])
	to, _ := name(m[4])
	o := a.get(kind, n)
	switch {
	case o == nil:
		return missing(kind + " '" + n + "'")
	case a.get("ROLE", to) == nil:
		return missing("Role '" + to + "'")
	case o.owner != s.role && s.role != "SECURITYADMIN" && s.role != "ACCOUNTADMIN":
		return denied(s.role, m[0])
	}
	a.grant(grant{m[1], kind, n, "ROLE", to})
	return done("Statement executed successfully.")
}

func (a *Account) grant(g grant) {
	for _, has := range a.grants {
		if has == g {
			return
		}
	}
	a.grants = append(a.grants, g)
}

func (a *Account) showGrants(_ *session, m []string) answer {
	role, _ := name(m[2])
	if a.get("ROLE", role) == nil {
		return missing("Role '" + role + "'")
	}
	var rows []map[string]string
	for _, g := range a.grants {
		switch {
		case m[1] == "OF" && g.kind == "ROLE" && g.name == role:
			rows = append(rows, map[string]string{"role": role, "granted_to": g.toKind, "grantee_name": g.to})
		case m[1] == "TO" && g.toKind == "ROLE" && g.to == role:
			rows = append(rows, map[string]string{"privilege": g.privilege, "granted_on": underscored(g.kind), "name": g.name, "granted_to": "ROLE", "grantee_name": role})
		}
	}
	if m[1] == "OF" {
		return table([]string{"created_on", "role", "granted_to", "grantee_name", "granted_by"}, rows)
	}
	return table([]string{"created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option", "granted_by"}, rows)
}

func underscored(kind string) string {
	out := []byte(kind)
	for i := range out {
		if out[i] == ' ' {
			out[i] = '_'
		}
	}
	return string(out)
}
