package provider

// A Warning is something about the settings that an administrator should know.
type Warning struct {
	ID   string // such as LK045, as latchkey check reports it
	Text string // one or more sentences that describe the problem and its solution
}

// RegistrationWarnings returns warnings about settings that trust applications that
// nobody has checked.
func (s *Settings) RegistrationWarnings() (found []Warning) {
	if s.Registration == RegistrationOpen {
		found = append(found, Warning{"LK045", "registration is open: anybody can register an application with any name and logo, and only the consent page warns people. Choose token or person, unless all programs must be able to register."})
		if s.RegistrationLimit < 0 {
			found = append(found, Warning{"LK046", "registration_limit is negative: any number of applications can be registered from one network address."})
		}
	}
	if s.ClientDocuments == DocumentsAllow {
		found = append(found, Warning{"LK047", "client_documents is allow: the owner of any host can change an application after people gave it permission, and they are not asked again. Choose ask, and list the hosts that you trust in client_documents_allow."})
	}
	return found
}
