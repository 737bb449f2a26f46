package acts

import "fmt"

// DeletedApplication returns the text about an application that was deleted and can be restored.
// restore is the command or the request that restores it.
func DeletedApplication(id, restore string) string {
	return fmt.Sprintf("the application %s was deleted, and its client ID is reserved. To restore it: %s", id, restore)
}

// ReservedClientID returns the text about a new application that cannot have its client ID, because
// the ID is that of an application that was deleted and can be restored.
func ReservedClientID(id, restore string) string {
	return DeletedApplication(id, restore) + ". To add a new application, choose another client ID"
}

// RestoreCommand returns the command that restores a deleted application.
func RestoreCommand(id string) string { return "latchkey app restore " + id }
