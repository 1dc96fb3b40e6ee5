module tidemark.example/sdk/go

go 1.19
