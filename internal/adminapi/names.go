package adminapi

import (
	"errors"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// ofPerson declares a parameter that selects the rows of a person.
func ofPerson(name, help string) parameter {
	return parameter{name: name, help: help + " A username or an ID.", find: (*call).findPerson}
}

// ofApplication declares a parameter that selects the rows of an application.
func ofApplication(help string) parameter {
	return parameter{name: "client_id", help: help, find: (*call).findApplication}
}

// ofActor declares a parameter that selects the acts of a person, an application or a command.
func ofActor(help string) parameter {
	return parameter{name: "actor", help: help + " A username, an ID, a client ID, or os:NAME for commands.", find: (*call).findActor}
}

// findNamed replaces the names in the query with IDs. A name that nothing has is an error: an empty
// list would look as if nothing had happened.
func (c *call) findNamed() error {
	for _, p := range c.op.query {
		text := c.get(p.name)
		if p.find == nil || text == "" {
			continue
		}
		id, message, err := p.find(c, text)
		if err != nil {
			return err
		}
		if message != "" {
			return fault(p.name, message)
		}
		if c.found == nil {
			c.found = make(map[string]string)
		}
		c.found[p.name] = id
	}
	return nil
}

// findPerson returns the ID of a person, who may have been deleted. message says that there is no
// such person.
func (c *call) findPerson(text string) (id, message string, err error) {
	if !c.api.OwnLogin { // only the host program knows its people
		return text, "", nil
	}
	if id, err = c.personID(text); err != nil || id != "" {
		return id, "", err
	}
	if known, err := c.leftTraces(oauth.FamilyFilter{Subject: text}, audit.Filter{Person: text}); err != nil || known {
		return text, "", err
	}
	return "", "There is no person with this username or ID. The list of people finds them with q.", nil
}

// personID returns the ID of the person with an ID or a username, or "".
func (c *call) personID(text string) (string, error) {
	u, err := c.api.Store.User(c.Context(), text)
	if canonical, unusual := account.CanonicalUsername(text); errors.Is(err, account.ErrNotFound) && unusual == nil {
		u, err = c.api.Store.UserByName(c.Context(), canonical)
	}
	if errors.Is(err, account.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return u.ID, nil
}

// findApplication returns a client ID, whose application may have been deleted. message says that
// there is no such application.
func (c *call) findApplication(text string) (id, message string, err error) {
	_, err = c.api.Store.Client(c.Context(), text)
	if errors.Is(err, oauth.ErrNotFound) {
		var known bool
		known, err = c.leftTraces(oauth.FamilyFilter{ClientID: text}, audit.Filter{ClientID: text})
		if err == nil && !known {
			return "", "There is no application with this client ID. The list of applications finds them with q.", nil
		}
	}
	return text, "", err
}

// findActor returns the ID of an actor of the audit log. message says that such an actor does not exist.
func (c *call) findActor(text string) (id, message string, err error) {
	if !c.api.OwnLogin || strings.HasPrefix(text, "os:") {
		return text, "", nil
	}
	if id, err = c.personID(text); err != nil || id != "" {
		return id, "", err
	}
	if _, err = c.api.Store.Client(c.Context(), text); err == nil || !errors.Is(err, oauth.ErrNotFound) {
		return text, "", err
	}
	if known, err := c.recorded(audit.Filter{Actor: text}); err != nil || known {
		return text, "", err
	}
	return "", "There is no person with this username or ID, and no application with this client ID.", nil
}

// leftTraces reports whether there are consents, tokens or records of the audit log about an object
// that does not exist, such as one that was deleted.
func (c *call) leftTraces(f oauth.FamilyFilter, r audit.Filter) (bool, error) {
	usage, err := c.api.Store.Usage(c.Context(), f)
	if err != nil || usage.Families.N+usage.Consents.N > 0 {
		return err == nil, err
	}
	return c.recorded(r)
}

// recorded reports whether the audit log has records that a filter selects.
func (c *call) recorded(f audit.Filter) (bool, error) {
	records, _, err := audit.List(c.Context(), c.api.Store, f, paging.Page{Limit: 1})
	return len(records) > 0, err
}
