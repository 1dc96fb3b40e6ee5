# fuzz targets are added here
