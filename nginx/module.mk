# files are added here
