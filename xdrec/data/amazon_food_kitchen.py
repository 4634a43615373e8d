"""amazon-food-kitchen: groceries and kitchenware bought by the same 7,144 people.

Two public repositories hold the pieces: one what the people seen in both domains bought, the other
the titles and the people seen in one domain only. `download` fetches nine files at pinned commits
and makes the published tables from them: `TABLES` holds a sum over every row of each.
"""

from __future__ import annotations

from pathlib import Path

from xdrec.data.amazon_food_kitchen_tables import build
from xdrec.data.checks import DataError
from xdrec.data.checksums import parse_sums, table_digest
from xdrec.data.download import fetch

HOST = "https://raw.githubusercontent.com"
COMMITS = {
    "MERIT": "DiMarzioBian/MERIT/932ebee5d6aa06e1121687c36974a86bab7bccef/data/afk",
    "LLMCDSR": "xhran2010/LLMCDSR/5825e999d87c4b7f90448df17d05c5f9cea047ba/data/food-kitchen",
}
TERMS = """\
amazon-food-kitchen: which products 7,144 people reviewed on Amazon, and when (1996 to 2014).
Original data: Amazon product data, University of California San Diego, J. McAuley. Cite:
  R. He, J. McAuley. Ups and downs: modeling the visual evolution of fashion trends with one-class
    collaborative filtering. WWW 2016.
  J. McAuley, C. Targett, Q. Shi, A. van den Hengel. Image-based recommendations on styles and
    substitutes. SIGIR 2015.
Processed by: ABXI (Bian et al., WWW 2025) and MERIT (ACM Multimedia 2025), in
  github.com/DiMarzioBian/MERIT; LLMCDSR (Xin, Sun, Wang, Xiong, ACM TOIS 2025), in
  github.com/xhran2010/LLMCDSR.
Terms: neither repository has a licence file. Use the data for your own research; do not publish
them without checking the terms at the source. User ids are Amazon's public pseudonyms: do not try
to link them to people."""


# The sha256 of the raw files at those commits.
RAW = parse_sums("""
510aa4c2b8cc6fc37ccb0b56dbc33d56eb96583a580463b19f941ddb9d31a5d5  LLMCDSR/item_set_A.pkl
96f1ff3d4604e79a416796fae5bc9df2828f06657961aa641d0c6f7f33a4a93b  LLMCDSR/item_set_B.pkl
adc2883e8ea4acee1e5d3e06126549753d640095747a82537959ff11600bcd5c  LLMCDSR/text_A.pkl
dd467587886f342cf9add91c463fb06c0cc2ab414d72b52eacc18a63bf3833ff  LLMCDSR/text_B.pkl
4b39bfa69d9d001938d7ec32853928e51a53c141a95f3b698b052eb27821c3ad  LLMCDSR/train_A.txt
bab4611796a5c077baf29d6c5f4a70c40cd25e38bb90e9d85035b8c1f06c7a93  LLMCDSR/train_B.txt
5f9856f574879920a70c93461add1ebc1c997b1ce6d626ba8d475315f53a4a15  MERIT/afk_50_preprocessed.txt
64a939f71c0c48ba181d6d24e384af1160812bdf244f20c58ef101f5fc54b3c3  MERIT/map_item_50.txt
e20b90e5b7b298e38243a64eb54830d537ea5a7a3ab5ae74d6d0179142a6d684  MERIT/map_user_50.txt
""")
# The sha256 of the tables as they were first published.
FILES = parse_sums("""
7627e635e3d766df29f969d3839b3b570ce9fb2aadd310cccbe24ddc21fcdd8d  interactions_food.parquet
3dc44191dddcfa9d916e792cb1cfcb4d84cfe99bcc352d2bd9c8a838cd5c26ed  interactions_kitchen.parquet
64d80399bd446683fa058fdefeb62043c93278acbd9f6f8e3dedec30ed0783b1  items_food.parquet
fef8421d72171bad0d75dc04bd2d1491a4b12c8fc8317579b6e0036505134155  items_kitchen.parquet
e7c90531c11ca00b552171342b79d9a50fd8b5c632edb4114cbf2163cca5c0a7  single_domain_food.parquet
3fe3a54c7fdf2edbb8d6dbb059fc1087782a044ae0725e2342b4ca08f3b21d32  single_domain_kitchen.parquet
83eb97ab9be4b93a29e7fa2c438b2efb11790e7c51c4225b96e6c4aca272ace1  benchmark/food.parquet
94de1f6e209bba218d410373a54939c5f1151aba0ca75d77f7421e208b50a286  benchmark/kitchen.parquet
""")
# The `table_digest` of the same tables: who builds them writes other bytes, but no other row.
TABLES = parse_sums("""
5ef43dc5bffcb42aa41f3c3cc8e030e18cdf9d80782f98416b485a41fa6cbd94  interactions_food.parquet
406de1e72eec301222cadcbbec5f158ec297ee0a31743fe8b4ccac6fe008beb8  interactions_kitchen.parquet
d7afd2ac8e82f539ebf3f46efee8a814f330269a587cd7323e8dc2cbb8dbf0d2  items_food.parquet
6e841b2d3fbcd861775b4b3449a437d144c9135b3c74f46e848e00dbc97a6d06  items_kitchen.parquet
82caf695e2770cc1641eec466054692abe01ba5b09362c7e71394d6e9268c4e9  single_domain_food.parquet
48e1e5b10b056bb97858161428d8cd8e4c2ae3aaa5366981e97d2ba91a1c1112  single_domain_kitchen.parquet
2038d6b3aca27a94bd510d415f1168e425f14c4e87f93fba649979be2f503c29  benchmark/food.parquet
8586342a2e3a91dfaa7d990e1e1ee970a461535edd96012860e7cff45c5b52ea  benchmark/kitchen.parquet
""")


def download(name: str, raw: Path, folder: Path, base_url: str) -> None:
    """Fetch the nine files (9 MB) into `raw`, check every row, write tables to `folder`."""
    for file, sha256 in RAW.items():
        source, _, last = file.partition("/")
        fetch(f"{base_url}/{COMMITS[source]}/{last}", raw / last, sha256=sha256)
    tables = build(raw)
    faults = [
        f"{name}: {file} was built with other rows than published; please report this"
        for file, table in tables.items()
        if table_digest(table) != TABLES[file]
    ]
    if faults:
        raise DataError(faults)
    (folder / "benchmark").mkdir(parents=True)
    for file, table in tables.items():
        table.write_parquet(folder / file)
