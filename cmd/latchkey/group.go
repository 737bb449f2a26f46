package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
)

// group returns the commands for groups of people.
func (c *command) group() *cobra.Command {
	cmd := &cobra.Command{Use: "group", Short: "Manage groups of people", Args: knownCommand, RunE: requireSubcommand}
	cmd.AddCommand(c.groupList(), c.groupAdd(), c.groupEdit(), c.groupDelete(), c.groupMembers())
	return cmd
}

// groupOutput is the JSON form of a group.
type groupOutput struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Roles       account.Roles `json:"roles"`
	CreatedAt   time.Time     `json:"created_at"`
	UpdatedAt   time.Time     `json:"updated_at"`
}

func newGroupOutput(g *account.Group) groupOutput {
	return groupOutput{g.ID, g.Name, g.Description, append(account.Roles{}, g.Roles...), g.CreatedAt, g.UpdatedAt}
}

func (c *command) groupList() *cobra.Command {
	var search string
	cmd := &cobra.Command{Use: "list", Short: "List groups", Args: flagsOnly}
	cmd.Flags().StringVar(&search, "search", "", "list only groups whose name or description contains this text")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error {
		return c.withAdministration(cmd, func(in administration) error {
			outputs := []groupOutput{}
			err := in.EachGroup(cmd.Context(), search, func(g *account.Group) { outputs = append(outputs, newGroupOutput(g)) })
			if err != nil {
				return err
			}
			return c.print(outputs, func(w io.Writer) {
				row(w, "NAME", "ROLES", "ADDED", "DESCRIPTION")
				for _, g := range outputs {
					row(w, g.Name, g.Roles, formatTime(g.CreatedAt), g.Description)
				}
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) groupAdd() *cobra.Command {
	var (
		g     account.Group
		roles []string
	)
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a group", Args: cobra.ExactArgs(1),
		Long: `Add a group. The groups claim of each member contains its name. With --role, each member
also has this role in the back office and in the admin API.`,
	}
	cmd.Flags().StringVar(&g.Description, "description", "", "description for administrators")
	cmd.Flags().StringArrayVar(&roles, "role", nil, groupRoleHelp)
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		g.Name, g.Roles = args[0], rolesOf(roles)
		return c.withAdministration(cmd, func(in administration) error {
			if err := in.AddGroup(cmd.Context(), &g); err != nil {
				return err
			}
			return c.print(newGroupOutput(&g), func(w io.Writer) { row(w, "Added "+g.Name) })
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

const groupRoleHelp = "role of the members: administrator, operator or auditor; repeat the flag for several roles"

func (c *command) groupEdit() *cobra.Command {
	var (
		edited account.Group
		roles  []string
	)
	cmd := &cobra.Command{Use: "edit NAME", Short: "Change a group; fields without a flag stay the same", Args: cobra.ExactArgs(1)}
	flags := cmd.Flags()
	flags.StringVar(&edited.Name, "name", "", "new name")
	flags.StringVar(&edited.Description, "description", "", "description for administrators")
	flags.StringArrayVar(&roles, "role", nil, groupRoleHelp+"; it replaces all roles, and an empty one removes them")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		if !changesSomething(cmd) {
			return errNoChange
		}
		return c.withGroup(cmd, args[0], func(in administration, g *account.Group) error {
			before := *g
			affected, err := in.EditGroup(cmd.Context(), g, func(g *account.Group) {
				if flags.Changed("name") {
					g.Name = edited.Name
				}
				if flags.Changed("description") {
					g.Description = edited.Description
				}
				if flags.Changed("role") {
					g.Roles = rolesOf(roles)
				}
			})
			if err != nil {
				return err
			}
			return c.print(newGroupOutput(g), func(w io.Writer) {
				row(w, "Changed "+g.Name)
				printRoleChange(w, &before, g, affected)
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

func (c *command) groupDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{Use: "delete NAME --yes", Short: "Delete a group; its members keep their accounts", Args: cobra.ExactArgs(1)}
	cmd.Flags().BoolVar(&yes, "yes", false, "confirm the deletion")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withGroup(cmd, args[0], func(in administration, g *account.Group) error {
			if !yes {
				return groupLoss(cmd.Context(), in, g)
			}
			affected, err := in.DeleteGroup(cmd.Context(), g)
			if err != nil {
				return err
			}
			return c.print(newGroupOutput(g), func(w io.Writer) {
				row(w, "Deleted "+g.Name)
				printRoleChange(w, g, &account.Group{Name: g.Name}, affected)
			})
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// groupLoss returns an error that describes what is lost with a group.
func groupLoss(ctx context.Context, in administration, g *account.Group) error {
	n, err := in.CountMembers(ctx, g)
	if err != nil {
		return err
	}
	roles := ""
	if len(g.Roles) > 0 {
		roles = fmt.Sprintf(", and they lose the roles that they have only through it: %s", g.Roles)
	}
	return fmt.Errorf("deleting the group %s cannot be undone. Its members keep their accounts (members: %s)%s. Confirm with --yes", g.Name, n, roles)
}

// memberOutput is the JSON form of a member of a group.
type memberOutput struct {
	ID       string    `json:"id"`
	Username string    `json:"username"`
	Name     string    `json:"name,omitempty"`
	Disabled bool      `json:"disabled"`
	AddedAt  time.Time `json:"added_at"`
}

func (c *command) groupMembers() *cobra.Command {
	var add, remove []string
	cmd := &cobra.Command{Use: "members NAME", Short: "List, add or remove the people in a group", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringArrayVar(&add, "add", nil, "username of a person to add; repeat the flag for several people")
	cmd.Flags().StringArrayVar(&remove, "remove", nil, "username of a person to remove; repeat the flag for several people")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		return c.withGroup(cmd, args[0], func(in administration, g *account.Group) error {
			if err := changeMembers(cmd.Context(), in, g, add, remove); err != nil {
				return err
			}
			return c.printMembers(cmd.Context(), in, g)
		})
	})
	return c.addJSONFlag(c.addServerFlag(cmd))
}

// changeMembers adds people to a group, and removes others.
func changeMembers(ctx context.Context, in administration, g *account.Group, add, remove []string) error {
	people := make(map[string]*account.User) // by the name
	for _, name := range slices.Concat(add, remove) {
		u, err := in.User(ctx, name)
		if err != nil {
			return err
		}
		people[name] = u
	}
	for _, name := range add {
		if err := in.AddMember(ctx, g, people[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range remove {
		removed, err := in.RemoveMember(ctx, g, people[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if !removed {
			return fmt.Errorf("%s is not in the group %s", name, g.Name)
		}
	}
	return nil
}

func (c *command) printMembers(ctx context.Context, in administration, g *account.Group) error {
	outputs := []memberOutput{}
	err := in.EachMember(ctx, g, func(m account.Member) {
		outputs = append(outputs, memberOutput{m.UserID, m.Username, m.Name, m.Disabled, m.AddedAt})
	})
	if err != nil {
		return err
	}
	return c.print(outputs, func(w io.Writer) {
		row(w, "USERNAME", "NAME", "DISABLED", "ADDED")
		for _, m := range outputs {
			row(w, m.Username, m.Name, m.Disabled, formatTime(m.AddedAt))
		}
		if len(g.Roles) > 0 {
			row(w)
			row(w, "The group gives its members the "+rolesText(g.Roles)+".")
		}
	})
}

// withGroup calls run with the group that has a name, in any letter case.
func (c *command) withGroup(cmd *cobra.Command, name string, run func(administration, *account.Group) error) error {
	canonical, err := account.CanonicalGroup(name)
	if err != nil {
		return err
	}
	return c.withAdministration(cmd, func(in administration) error {
		g, err := in.Group(cmd.Context(), canonical)
		if err == nil && g == nil {
			err = fmt.Errorf("the group %q does not exist. List the groups: latchkey group list", name)
		}
		if err != nil {
			return err
		}
		return run(in, g)
	})
}
