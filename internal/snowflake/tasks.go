package snowflake

import (
	"fmt"
	"slices"
)

// Roles that every account has. (Snowflake, "Overview of access control".)
const (
	accountAdmin  Name = "ACCOUNTADMIN"
	securityAdmin Name = "SECURITYADMIN"
	userAdmin     Name = "USERADMIN"
	sysAdmin      Name = "SYSADMIN"
)

// tasks are all that setup makes so, in order.
func (r *Run) tasks() []task {
	c := r.cfg
	tasks := []task{r.account(), r.lake()}
	if c.RestrictVPC {
		tasks = append(tasks, r.platform(), r.restriction())
	}
	tasks = append(tasks, r.iam(), r.reading())
	tasks = append(tasks, r.objects()...)
	tasks = append(tasks, r.settings(), r.trusted(), r.validated())
	for _, t := range c.Tables {
		if c.Pipes {
			tasks = append(tasks, r.table(t), r.pipe(t))
		}
		if c.External {
			tasks = append(tasks, r.external(t))
		}
		tasks = append(tasks, r.view(t))
	}
	tasks = append(tasks, r.readers(), r.receiver(), r.notified())
	if c.Backfill {
		tasks = append(tasks, r.backfill())
	}
	return tasks
}

// objects are step 3: what is there once for all tables.
func (r *Run) objects() []task {
	n := r.cfg.Names
	tasks := []task{}
	for _, role := range []Name{n.Loader, n.Reader} {
		tasks = append(tasks, r.show("role", role, userAdmin, "ROLES", "", "CREATE ROLE IF NOT EXISTS "+role.String()), r.assigned(role))
	}
	tasks = append(tasks,
		r.show("warehouse", n.Warehouse, sysAdmin, "WAREHOUSES", "",
			fmt.Sprintf("CREATE WAREHOUSE IF NOT EXISTS %s WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE", n.Warehouse)),
		r.show("resource monitor", n.Monitor, accountAdmin, "RESOURCE MONITORS", "",
			fmt.Sprintf("CREATE RESOURCE MONITOR IF NOT EXISTS %s WITH CREDIT_QUOTA = %d FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 80 PERCENT DO NOTIFY ON 100 PERCENT DO SUSPEND", n.Monitor, r.cfg.Credits)),
		r.monitored(),
		r.show("database", n.Database, sysAdmin, "DATABASES", "", "CREATE DATABASE IF NOT EXISTS "+n.Database.String()),
		r.show("schema", n.Schema, sysAdmin, "SCHEMAS", "IN DATABASE "+n.Database.String(), "CREATE SCHEMA IF NOT EXISTS "+within(n.Database, n.Schema)),
		r.show("schema", n.Raw, sysAdmin, "SCHEMAS", "IN DATABASE "+n.Database.String(), "CREATE SCHEMA IF NOT EXISTS "+within(n.Database, n.Raw)),
		r.integration(),
		r.grants("what the loader may do", n.Loader, r.loaderGrants()),
		r.fileFormat(n.FirehoseFormat, 0),
		r.fileFormat(n.LakeFormat, 1),
		r.stage(),
	)
	return tasks
}

// show is a task for an object that SHOW lists: it is made if it is not there.
func (r *Run) show(kind string, name, owner Name, plural, in, create string) task {
	list := fmt.Sprintf("SHOW %s LIKE %s", plural, Literal(string(name)))
	if in != "" {
		list += " " + in
	}
	return task{
		step: 3, title: kind + " " + string(name), check: one(sql(owner, list)),
		so: exists(kind, name, owner), do: one(change(owner, create)),
	}
}

// inRaw is show for an object of the raw schema, which the loader owns.
func (r *Run) inRaw(kind string, name Name, plural, create string) task {
	n := r.cfg.Names
	return r.show(kind, name, n.Loader, plural, "IN SCHEMA "+within(n.Database, n.Raw), create)
}

// assigned gives a role to the user of setup and, so that administrators see what it owns, to SYSADMIN.
func (r *Run) assigned(role Name) task {
	user := r.cfg.User
	return task{
		step: 3, title: "who has role " + string(role),
		check: one(sql(userAdmin, "SHOW GRANTS OF ROLE "+role.String())),
		so: func(r *Run) (bool, error) {
			has := func(to string, name Name) bool {
				return slices.ContainsFunc(r.rows[0], func(row map[string]string) bool {
					return row["granted_to"] == to && sameName(row["grantee_name"], string(name))
				})
			}
			return has("USER", user) && has("ROLE", sysAdmin), nil
		},
		do: one(
			change(userAdmin, fmt.Sprintf("GRANT ROLE %s TO ROLE %s", role, sysAdmin)),
			change(userAdmin, fmt.Sprintf("GRANT ROLE %s TO USER %s", role, user)),
		),
	}
}

// monitored puts the warehouse under its monitor, which only an account administrator can.
func (r *Run) monitored() task {
	n := r.cfg.Names
	return task{
		step: 3, title: "quota of warehouse " + string(n.Warehouse),
		check: one(sql(sysAdmin, "SHOW WAREHOUSES LIKE "+Literal(string(n.Warehouse)))),
		so: func(r *Run) (bool, error) {
			row := r.named(n.Warehouse)
			return row != nil && row["resource_monitor"] != "" && row["resource_monitor"] != "null", nil
		},
		do: one(change(accountAdmin, fmt.Sprintf("ALTER WAREHOUSE %s SET RESOURCE_MONITOR = %s", n.Warehouse, n.Monitor))),
	}
}

func (r *Run) loaderGrants() []grant {
	n := r.cfg.Names
	raw, views := within(n.Database, n.Raw), within(n.Database, n.Schema)
	grants := []grant{
		{"USAGE", "WAREHOUSE", n.Warehouse.String()},
		{"USAGE", "DATABASE", n.Database.String()},
		{"USAGE", "SCHEMA", raw}, {"USAGE", "SCHEMA", views},
		{"CREATE VIEW", "SCHEMA", views},
		{"USAGE", "INTEGRATION", n.Integration.String()},
	}
	for _, kind := range []string{"FILE FORMAT", "STAGE", "TABLE", "PIPE", "EXTERNAL TABLE"} {
		grants = append(grants, grant{"CREATE " + kind, "SCHEMA", raw})
	}
	return grants
}

// readers lets the reader see the views, and nothing of the raw schema. Views that come later are granted by the next
// setup.
func (r *Run) readers() task {
	n := r.cfg.Names
	grants := []grant{
		{"USAGE", "WAREHOUSE", n.Warehouse.String()},
		{"USAGE", "DATABASE", n.Database.String()},
		{"USAGE", "SCHEMA", within(n.Database, n.Schema)},
	}
	for _, t := range r.cfg.Tables {
		grants = append(grants, grant{"SELECT", "VIEW", n.view(column(t.Name))})
	}
	t := r.grants("what the reader may do", n.Reader, grants)
	t.step = 5
	return t
}

// grants gives a role the privileges it lacks.
func (r *Run) grants(title string, to Name, all []grant) task {
	lacking := func(r *Run) []Call {
		var calls []Call
		for _, g := range all {
			if r.dry() || !g.granted(r.rows[0]) {
				calls = append(calls, change(securityAdmin, g.sql(to)))
			}
		}
		return calls
	}
	return task{
		step: 3, title: title,
		check: one(sql(securityAdmin, "SHOW GRANTS TO ROLE "+to.String())),
		so:    func(r *Run) (bool, error) { return len(lacking(r)) == 0, nil },
		do:    lacking,
	}
}
