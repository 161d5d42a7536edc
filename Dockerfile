FROM python:3.13-slim
COPY . /src
RUN pip install --no-cache-dir "/src[server]" && rm -r /src && useradd --system omics
USER omics
EXPOSE 4567
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:4567/omics-mock/health', timeout=2)"]
ENTRYPOINT ["omics-mock", "serve", "--host", "0.0.0.0", "--port", "4567"]
