package declared

// A Reason is a reason for which a person must check a step before it is made.
type Reason string

// The reasons.
const (
	// ConfirmPerson means that a role is added to a person whom the file names by the username only.
	// The account could belong to another person.
	ConfirmPerson Reason = "person"
	// ConfirmMembers means that a role is added to a group with members. Other people could have added
	// them.
	ConfirmMembers Reason = "members"
	// ConfirmLoss means that a group with members is deleted, which cannot be undone.
	ConfirmLoss Reason = "loss"
	// ConfirmUse means that a scope or a resource is deleted that applications list.
	ConfirmUse Reason = "use"
)

// reason returns the reason for which a person must check the step, or "".
func (s *Step) reason() Reason {
	switch {
	case s.Person != nil && s.Person.ByUsername && s.Person.gains:
		return ConfirmPerson
	case s.group != nil && s.group.gains() && s.Members.Number > 0:
		return ConfirmMembers
	case s.group != nil && s.Action == Delete && s.Members.Number > 0:
		return ConfirmLoss
	case len(s.UsedBy) > 0:
		return ConfirmUse
	}
	return ""
}

// Unconfirmed returns the steps that a person must check before they are made.
func (p *Plan) Unconfirmed() (steps []Step) {
	for _, s := range p.Steps {
		if s.Confirm != "" {
			steps = append(steps, s)
		}
	}
	return steps
}
