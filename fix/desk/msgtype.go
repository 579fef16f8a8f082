package desk

import (
	"bytes"
	"fmt"
	"strings"
)

// msgTypes are all application messages of FIX up to 5.0SP2. A desk may send any: what
// the gateway does not speak is answered by j with 380=3, in each version alike, and
// only what is none of FIX by 3 with 373=11.
const msgTypes = "6 7 8 9 B C D E F G H J K L M N P Q R S T V W X Y Z a b c d e f g h i j k l m n o p q r s t u v w x y z " +
	"AA AB AC AD AE AF AG AH AI AJ AK AL AM AN AO AP AQ AR AS AT AU AV AW AX AY AZ " +
	"BA BB BC BD BE BF BG BH BI BJ BK BL BM BN BO BP BQ BR BS BT BU BV BW BX BY BZ CA CB CC CD CE CF CG"

// withOtherTypes adds to a dictionary the messages of FIX that it does not have, without
// fields: quickfixgo's session knows their types then, and leaves the answer to FromApp.
func withOtherTypes(xml []byte) []byte {
	var add strings.Builder
	for _, t := range strings.Fields(msgTypes) {
		if !bytes.Contains(xml, []byte("msgtype='"+t+"'")) {
			fmt.Fprintf(&add, " <message name='Other%s' msgcat='app' msgtype='%s'/>\n", t, t)
		}
	}
	return bytes.Replace(xml, []byte(" </messages>"), []byte(add.String()+" </messages>"), 1)
}

// speaks reports whether a desk of this version may send the message. The mass requests
// are not of FIX 4.2.
func (v Version) speaks(msgType string) bool {
	switch msgType {
	case "D", "G", "F", "H", "Q", "j":
		return true
	case "AF", "q":
		return v != FIX42
	}
	return false
}
