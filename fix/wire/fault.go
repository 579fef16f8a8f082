package wire

// Fault says what is wrong with a message. FaultNone is no fault.
type Fault uint8

const (
	FaultNone        Fault = iota
	FaultBeginString       // does not start with 8=FIX...<SOH>, or with another version
	FaultBodyLength        // 9= is not the second field, not a number, or wrong
	FaultCheckSum          // 10=nnn<SOH> is not where BodyLength says, or wrong
	FaultTooLong           // longer than the reader accepts
	FaultFieldOrder        // the first three fields are not 8, 9, 35, or the last is not 10
	FaultTag               // a tag is not a number from 1 to 999999, or '=' is missing
	FaultEmptyValue        // a tag without a value, or two SOH in a row
	FaultTooMany           // more than MaxFields fields
	FaultData              // a data field does not have the length its length field says
	FaultMissing           // a required field is missing
	FaultFormat            // a value is not of its field's data type
	FaultCount             // number of faults; not a fault
)

var faultText = [FaultCount]string{
	"no fault", "bad BeginString", "bad BodyLength", "bad CheckSum", "message too long",
	"field order", "bad tag number", "empty value", "too many fields", "bad data field",
	"required field missing", "bad value format",
}

func (f Fault) String() string {
	if f < FaultCount {
		return faultText[f]
	}
	return "unknown fault"
}

// RejectReason is the SessionRejectReason(373) that answers f; 99 is "other".
func (f Fault) RejectReason() int {
	switch f {
	case FaultTag:
		return 0 // invalid tag number
	case FaultMissing:
		return 1 // required tag missing
	case FaultEmptyValue:
		return 4 // tag specified without a value
	case FaultFormat, FaultData:
		return 6 // incorrect data format for value
	case FaultFieldOrder:
		return 14 // tag specified out of required order
	}
	return 99
}
