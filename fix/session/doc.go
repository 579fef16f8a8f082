// Package session is the FIX session layer towards a venue, as initiator.
package session
