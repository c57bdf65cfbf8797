#include "textflag.h"

// func orient4(out, line *float32, n int, least, greatest float32) int
//
// Four points at a time: X0 to X2 are the ways of theirs, X0 = x0 y0 z0 x1, X1 = y1 z1 x2 y2, X2 = z2 x3 y3 z3.
TEXT ·orient4(SB), NOSPLIT, $0-40
	MOVQ   out+0(FP), DI
	MOVQ   line+8(FP), SI
	MOVQ   n+16(FP), CX
	MOVSS  least+24(FP), X9
	MOVSS  greatest+28(FP), X10
	MOVL   $0x3f800000, AX // 1
	MOVQ   AX, X11
	SHUFPS $0, X9, X9
	SHUFPS $0, X10, X10
	SHUFPS $0, X11, X11
	XORQ   DX, DX

points:
	MOVUPS 24(SI), X0
	MOVUPS 40(SI), X1
	MOVUPS 56(SI), X2
	MOVUPS (SI), X3
	MOVUPS 16(SI), X4
	MOVUPS 32(SI), X5
	SUBPS  X3, X0
	SUBPS  X4, X1
	SUBPS  X5, X2

	// Squares, sorted: X3 = xx0 xx1 xx2 xx3, X7 those of y, X8 those of z.
	MOVAPS X0, X3
	MOVAPS X1, X4
	MOVAPS X2, X5
	MULPS  X3, X3
	MULPS  X4, X4
	MULPS  X5, X5
	MOVAPS X4, X6
	SHUFPS $0x9e, X5, X6 // xx2 yy2 xx3 yy3
	MOVAPS X3, X7
	SHUFPS $0x49, X4, X7 // yy0 zz0 yy1 zz1
	SHUFPS $0x8c, X6, X3
	MOVAPS X7, X8
	SHUFPS $0xcd, X5, X8
	SHUFPS $0xd8, X6, X7
	ADDPS  X7, X3
	ADDPS  X8, X3

	MOVAPS   X9, X4
	CMPPS    X3, X4, $1  // least < square
	MOVAPS   X3, X5
	CMPPS    X10, X5, $1 // square < greatest
	ANDPS    X5, X4
	MOVMSKPS X4, AX
	CMPL     AX, $15
	JNE      done

	SQRTPS X3, X3
	MOVAPS X11, X4
	DIVPS  X3, X4
	PSHUFD $0x40, X4, X5 // s0 s0 s0 s1
	PSHUFD $0xa5, X4, X6 // s1 s1 s2 s2
	PSHUFD $0xfe, X4, X7 // s2 s3 s3 s3
	MULPS  X5, X0
	MULPS  X6, X1
	MULPS  X7, X2
	MOVUPS X0, (DI)
	MOVUPS X1, 16(DI)
	MOVUPS X2, 32(DI)
	ADDQ   $48, SI
	ADDQ   $48, DI
	ADDQ   $4, DX
	CMPQ   DX, CX
	JLT    points

done:
	MOVQ DX, ret+32(FP)
	RET
