/*
 * echo.c - the baseline of `./dev bench ingest`: a FastCGI program that reads
 * the whole body and answers 202, and does nothing else.
 */
#include <fcgiapp.h>
#include <string.h>

int
main(void)
{
	static char body[1 << 16];
	static const char reply[] = "Status: 202 Accepted\r\nContent-Type: application/json\r\n"
	                            "Content-Length: 15\r\n\r\n{\"accepted\":1}\n";
	FCGX_Request r;
	if (FCGX_Init() != 0 || FCGX_InitRequest(&r, 0, 0) != 0)
		return 70;
	while (FCGX_Accept_r(&r) == 0) {
		while (FCGX_GetStr(body, sizeof(body), r.in) == (int)sizeof(body))
			continue;
		FCGX_PutStr(reply, (int)strlen(reply), r.out);
		FCGX_Finish_r(&r);
	}
	return 0;
}
