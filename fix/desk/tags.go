package desk

import "slipstream/fix/atdl"

// Tags of FIX 4.4 that the gateway reads or writes, and StrategyParametersGrp of 5.0.
const (
	tagAccount                = 1
	tagAvgPx                  = 6
	tagBeginSeqNo             = 7
	tagBodyLength             = 9
	tagCheckSum               = 10
	tagClOrdID                = 11
	tagCumQty                 = 14
	tagCurrency               = 15
	tagEndSeqNo               = 16
	tagExecID                 = 17
	tagExecInst               = 18
	tagExecRefID              = 19
	tagExecTransType          = 20
	tagHandlInst              = 21
	tagLastMkt                = 30
	tagLastPx                 = 31
	tagLastQty                = 32
	tagMsgSeqNum              = 34
	tagMsgType                = 35
	tagOrderID                = 37
	tagOrderQty               = 38
	tagOrdStatus              = 39
	tagOrdType                = 40
	tagOrigClOrdID            = 41
	tagPossDupFlag            = 43
	tagPrice                  = 44
	tagRefSeqNum              = 45
	tagSide                   = 54
	tagSymbol                 = 55
	tagText                   = 58
	tagTimeInForce            = 59
	tagTransactTime           = 60
	tagPossResend             = 97
	tagStopPx                 = 99
	tagExDestination          = 100
	tagCxlRejReason           = 102
	tagOrdRejReason           = 103
	tagHeartBtInt             = 108
	tagMinQty                 = 110
	tagMaxFloor               = 111
	tagLocateReqd             = 114
	tagOnBehalfOfCompID       = 115
	tagOrigSendingTime        = 122
	tagExpireTime             = 126
	tagDKReason               = 127
	tagExecType               = 150
	tagLeavesQty              = 151
	tagCashOrderQty           = 152
	tagEffectiveTime          = 168
	tagMaxShow                = 210
	tagPegOffsetValue         = 211
	tagXmlDataLen             = 212
	tagXmlData                = 213
	tagRefMsgType             = 372
	tagExecRestatement        = 378
	tagBusinessRejRefID       = 379
	tagBusinessRejReason      = 380
	tagDiscretionInst         = 388
	tagExpireDate             = 432
	tagCxlRejResponseTo       = 434
	tagMassCancelRequestType  = 530
	tagMassCancelResponse     = 531
	tagMassCancelRejectReason = 532
	tagTotalAffectedOrders    = 533
	tagPassword               = 554
	tagMassStatusReqID        = 584
	tagMassStatusReqType      = 585
	tagOrdStatusReqID         = 790
	tagCopyMsgIndicator       = 797
	tagTargetStrategy         = 847
	tagStrategyText           = 848
	tagParticipationRate      = 849
	tagLastLiquidityInd       = 851
	tagTotNumReports          = 911
	tagLastRptRequested       = 912
	tagNoStrategyParams       = 957
	tagStrategyParamName      = 958
	tagStrategyParamType      = 959
	tagStrategyParamVal       = 960
	tagAggressorIndicator     = 1057
	tagApplVerID              = 1128
	tagDefaultApplVerID       = 1137
	tagDisplayQty             = 1138
	tagMassActionReportID     = 1369
)

// User-defined tags of the algorithm parameters, and the names of the same
// parameters in StrategyParameterName(958) and TargetStrategyParameters(848).
const (
	TagTactic  = atdl.TagTactic  // 7001: "passive" or "taker"
	TagUrgency = atdl.TagUrgency // 7002: kappa*T of Almgren-Chriss, 0.001 to 100, three decimals

	ParamTactic        = "Tactic"
	ParamUrgency       = "Urgency"
	ParamParticipation = "ParticipationRate"
	ParamStartTime     = "StartTime"
	ParamEndTime       = "EndTime"
)
