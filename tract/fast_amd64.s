#include "textflag.h"

// func shift12(out, rows *float32, n int, factors, terms *[12]float32)
TEXT ·shift12(SB), NOSPLIT, $0-40
	MOVQ   out+0(FP), DI
	MOVQ   rows+8(FP), SI
	MOVQ   n+16(FP), CX
	MOVQ   factors+24(FP), AX
	MOVQ   terms+32(FP), BX
	MOVUPS (AX), X6
	MOVUPS 16(AX), X7
	MOVUPS 32(AX), X8
	MOVUPS (BX), X9
	MOVUPS 16(BX), X10
	MOVUPS 32(BX), X11

points:
	MOVUPS (SI), X0
	MOVUPS 16(SI), X1
	MOVUPS 32(SI), X2
	MULPS  X6, X0
	MULPS  X7, X1
	MULPS  X8, X2
	ADDPS  X9, X0
	ADDPS  X10, X1
	ADDPS  X11, X2
	MOVUPS X0, (DI)
	MOVUPS X1, 16(DI)
	MOVUPS X2, 32(DI)
	ADDQ   $48, SI
	ADDQ   $48, DI
	SUBQ   $12, CX
	JNZ    points
	RET

// func finite16(p *float32, n int) bool
TEXT ·finite16(SB), NOSPLIT, $0-17
	MOVQ   p+0(FP), SI
	MOVQ   n+8(FP), CX
	MOVL   $0x7f800000, AX // the exponent
	MOVQ   AX, X7
	PSHUFD $0, X7, X7
	PXOR   X5, X5
	PXOR   X6, X6

numbers:
	MOVOU   (SI), X0
	MOVOU   16(SI), X1
	MOVOU   32(SI), X2
	MOVOU   48(SI), X3
	PAND    X7, X0
	PAND    X7, X1
	PAND    X7, X2
	PAND    X7, X3
	PCMPEQL X7, X0
	PCMPEQL X7, X1
	PCMPEQL X7, X2
	PCMPEQL X7, X3
	POR     X0, X5
	POR     X1, X6
	POR     X2, X5
	POR     X3, X6
	ADDQ    $64, SI
	SUBQ    $16, CX
	JNZ     numbers
	POR     X5, X6
	PMOVMSKB X6, AX
	TESTL   AX, AX
	SETEQ   ret+16(FP)
	RET
