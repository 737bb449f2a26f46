package adminapi

import "time"

// A factor is something with which a person logs in, apart from the password.
type factor struct {
	Kind      string    `json:"kind" doc:"The kind of the factor, such as webauthn."`
	Name      string    `json:"name,omitempty" doc:"The name that the person has chosen, or a description."`
	CreatedAt time.Time `json:"created_at" doc:"When it was added."`
	UsedAt    time.Time `json:"used_at,omitzero" doc:"When it was last used; missing means never."`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"When it expires; missing means never."`
}

type factorList struct {
	Data []factor `json:"data" doc:"The factors of the person."`
}

func (a *api) listFactors(c *call) (factorList, error) {
	list := factorList{Data: []factor{}}
	u, err := a.Store.User(c.Context(), c.PathValue("id"))
	if err != nil {
		return list, err
	}
	factors, err := a.Accounts.Store.Factors(c.Context(), u.ID)
	for _, f := range factors {
		list.Data = append(list.Data, factor{string(f.Kind), f.Name, f.CreatedAt, f.UsedAt, f.ExpiresAt})
	}
	return list, err
}

func (a *api) resetFactors(c *call, _ none) (none, error) {
	id, err := c.other()
	if err != nil {
		return none{}, err
	}
	if err := a.Accounts.ResetFactors(c.Context(), id); err != nil {
		return none{}, err
	}
	a.Logins.SessionsEnded(c.Context())
	return none{}, nil
}
