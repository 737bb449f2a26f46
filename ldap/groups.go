package ldap

import (
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// Bounds on the groups of a person. A person with more cannot log in: with only some of the
// groups, the rules about groups would have an effect that nobody expects.
const (
	maxGroups = 1000
	maxDepth  = 10 // how deep groups can be inside groups
	maxNames  = 50 // in one search
)

// addGroups sets the groups that group_filter finds. Without a filter, it reads the attribute
// of the entry, or calls searchGroups if the entry has no memberOf. Names that differ only in
// case or spaces are the same, and get the spelling of the settings.
func (d *directory) addGroups(c *ldap.Conn, e *upstream.Entry) (err error) {
	attribute := d.ClaimName("groups")
	names := e.Attributes[attribute]
	switch {
	case d.GroupFilter != "":
		names, err = d.groupNames(c, fillIn(d.GroupFilter, e.Username, e.Name))
	case len(names) == 0 && strings.EqualFold(attribute, "memberOf"):
		names, err = d.searchGroups(c, e.Name)
	}
	if err == nil && len(names) > maxGroups {
		err = fmt.Errorf("the entry %s is in more than %d groups. Set group_filter to read fewer groups", e.Name, maxGroups)
	}
	if err != nil {
		return err
	}
	for i, name := range names {
		for _, allowed := range d.Groups {
			if sameDN(name, allowed) {
				names[i] = allowed
			}
		}
	}
	e.Attributes[attribute] = names
	return nil
}

// groupNames returns the names of the entries that match. If there are too many, it returns more
// than maxGroups.
func (d *directory) groupNames(c *ldap.Conn, filter string) ([]string, error) {
	groups, err := d.search(c, d.BaseDN, ldap.ScopeWholeSubtree, maxGroups, filter, []string{"1.1"})
	if err != nil {
		return nil, err
	}
	names := make([]string, len(groups))
	for i, g := range groups {
		if g != nil {
			names[i] = g.DN
		}
	}
	return names, nil
}

// searchGroups returns the groups that contain an entry, and the groups that contain these
// groups. Each group is searched once, so a group can also contain itself.
func (d *directory) searchGroups(c *ldap.Conn, name string) (names []string, err error) {
	known := map[string]bool{canonical(name): true}
	level := []string{name}
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth {
			return nil, fmt.Errorf("the groups of the entry %s are nested more than %d levels deep. Set group_filter to read fewer groups", name, maxDepth)
		}
		var next []string
		for len(level) > 0 {
			n := min(maxNames, len(level))
			found, err := d.groupNames(c, membersFilter(level[:n]))
			if err != nil {
				return nil, err
			}
			level = level[n:]
			if len(found) > maxGroups {
				return found, nil // addGroups reports it
			}
			for _, group := range found {
				if key := canonical(group); !known[key] {
					known[key] = true
					next = append(next, group)
				}
			}
		}
		names = append(names, next...)
		if level = next; len(names) > maxGroups {
			return names, nil
		}
	}
	return names, nil
}

// membersFilter finds the groups that directly contain one of the entries.
func membersFilter(names []string) string {
	var filter strings.Builder
	filter.WriteString("(|")
	for _, name := range names {
		escaped := ldap.EscapeFilter(name)
		filter.WriteString("(member=" + escaped + ")(uniqueMember=" + escaped + ")")
	}
	return filter.String() + ")"
}

// canonical returns one spelling of a name.
func canonical(name string) string {
	dn, err := ldap.ParseDN(name)
	if err != nil {
		return name
	}
	return strings.ToLower(dn.String())
}

func sameDN(a, b string) bool {
	x, err := ldap.ParseDN(a)
	y, err2 := ldap.ParseDN(b)
	return err == nil && err2 == nil && x.EqualFold(y)
}
