#include "textflag.h"

// func weave2(dst, a, b *byte, n int)
TEXT ·weave2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), BX
	MOVQ n+24(FP), CX

loop:
	MOVOU     (SI), X0
	MOVOU     (BX), X1
	MOVO      X0, X2
	PUNPCKLBW X1, X0
	PUNPCKHBW X1, X2
	MOVOU     X0, (DI)
	MOVOU     X2, 16(DI)
	ADDQ      $16, SI
	ADDQ      $16, BX
	ADDQ      $32, DI
	SUBQ      $16, CX
	JNZ       loop
	RET

// func weave4(dst, a, b, c, d *byte, n int)
TEXT ·weave4(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), BX
	MOVQ c+24(FP), R8
	MOVQ d+32(FP), R9
	MOVQ n+40(FP), CX

loop:
	MOVOU     (SI), X0
	MOVOU     (BX), X1
	MOVOU     (R8), X2
	MOVOU     (R9), X3
	MOVO      X0, X4
	MOVO      X2, X5
	PUNPCKLBW X1, X0 // a0 b0 a1 b1 …
	PUNPCKHBW X1, X4
	PUNPCKLBW X3, X2 // c0 d0 c1 d1 …
	PUNPCKHBW X3, X5
	MOVO      X0, X6
	MOVO      X4, X7
	PUNPCKLWL X2, X0 // a0 b0 c0 d0 a1 …
	PUNPCKHWL X2, X6
	PUNPCKLWL X5, X4
	PUNPCKHWL X5, X7
	MOVOU     X0, (DI)
	MOVOU     X6, 16(DI)
	MOVOU     X4, 32(DI)
	MOVOU     X7, 48(DI)
	ADDQ      $16, SI
	ADDQ      $16, BX
	ADDQ      $16, R8
	ADDQ      $16, R9
	ADDQ      $64, DI
	SUBQ      $16, CX
	JNZ       loop
	RET
